#include "harness_precheck.h"

#include <string.h>

enum { LONG_BYTES = 5000 };

static char long_text[LONG_BYTES + 1];

void precheck_init(void)
{
	memset(long_text, 'x', LONG_BYTES);
}

const char *of_bytes(size_t len)
{
	return long_text + LONG_BYTES - len;
}

void expect(const struct row *row)
{
	struct arena arena;

	arena_init(&arena, 1 << 16, NULL);
	const struct pp_status *status = decide_precheck(&row->request, &arena);
	if (row->reason == PP_REASON_NONE) {
		cr_expect(
			status == NULL, "%s: %s", row->what, status == NULL ? "" : status->message);
	} else {
		cr_assert(status != NULL, "%s: passed", row->what);
		cr_expect_eq(status->reason, row->reason, "%s: %s", row->what, status->message);
		cr_expect_eq(status->code, pp_reason_code(row->reason));
		cr_expect(status->not_executed && strlen(status->message) > 10, "%s", row->what);
		if (row->field != NULL)
			cr_expect_str_eq(status->field, row->field, "%s", row->what);
	}
	arena_free(&arena);
}
