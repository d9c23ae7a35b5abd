/* Requests that are wrong in one way, and how the precheck refuses them. */
#ifndef TESTS_UNIT_RULES_HARNESS_PRECHECK_H
#define TESTS_UNIT_RULES_HARNESS_PRECHECK_H

#include "harness.h"

struct row {
	const char *what;
	struct pp_request request;
	enum pp_reason reason; /* NONE: it passes */
	const char *field;
};

/* The beginning of a request: a write carries an id. */
#define WRITE(kind_name) \
	.kind = PP_KIND_##kind_name, .has_request_id = true, \
	.request_id = { { 1, 0x9a, 0xb6, 0, 0, 0, 0x70, 0, 0x80, 0, 0, 0, 0, 0, 0, 1 } }
#define READ(kind_name) .kind = PP_KIND_##kind_name

/* Fills the text that of_bytes cuts from; the suite's .init. */
void precheck_init(void);
/* A text of so many bytes, up to 5 000. */
const char *of_bytes(size_t len);
void expect(const struct row *row);

#endif
