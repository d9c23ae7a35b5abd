#include "peakpeeps/types.h"

const char *pp_reason_name(enum pp_reason reason)
{
	switch (reason) {
#define NAME_CASE(name, number, code, text) \
	case PP_REASON_##name: return #name;
		PP_REASONS(NAME_CASE)
#undef NAME_CASE
	default: return NULL;
	}
}

const char *pp_reason_text(enum pp_reason reason)
{
	switch (reason) {
#define TEXT_CASE(name, number, code, text) \
	case PP_REASON_##name: return text;
		PP_REASONS(TEXT_CASE)
#undef TEXT_CASE
	default: return NULL;
	}
}

enum pp_code pp_reason_code(enum pp_reason reason)
{
	switch (reason) {
#define CODE_CASE(name, number, code, text) \
	case PP_REASON_##name: return PP_CODE_##code;
		PP_REASONS(CODE_CASE)
#undef CODE_CASE
	default: return PP_CODE_UNKNOWN;
	}
}

const char *pp_code_name(enum pp_code code)
{
	static const char *const names[] = { "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT",
		"DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
		"RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE",
		"UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNAUTHENTICATED" };

	if ((unsigned)code >= sizeof(names) / sizeof(names[0]))
		return NULL;
	return names[code];
}

int pp_kind_flags(enum pp_kind kind)
{
	switch (kind) {
#define FLAGS_CASE(name, number, member, title, flags) \
	case PP_KIND_##name: return flags;
		PP_REQUESTS(FLAGS_CASE)
#undef FLAGS_CASE
	default: return PP_READ;
	}
}

const char *pp_kind_title(enum pp_kind kind)
{
	switch (kind) {
#define TITLE_CASE(name, number, member, title, flags) \
	case PP_KIND_##name: return title;
		PP_REQUESTS(TITLE_CASE)
#undef TITLE_CASE
	default: return NULL;
	}
}
