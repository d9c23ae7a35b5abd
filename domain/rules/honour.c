#include "domain/rules/honour.h"

enum honour honour_of(const struct honour_case *seen, int64_t *until_ms)
{
	int64_t end_ms;

	ASSERT(seen->version <= seen->current_version);
	if (seen->version == seen->current_version)
		return HONOUR_CURRENT;
	if (seen->version < seen->honour_floor)
		return HONOUR_NONE;
	if (seen->equals_current)
		return HONOUR_CURRENT;
	if (!checked_add(seen->superseded_at_ms, seen->honour_ms, &end_ms))
		return HONOUR_NONE;
	if (seen->now_ms >= end_ms)
		return HONOUR_NONE;
	*until_ms = end_ms;
	return HONOUR_WINDOW;
}
