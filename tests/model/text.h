/* Canonical text of requests and responses: a line for each member that is set. */
#ifndef TESTS_MODEL_TEXT_H
#define TESTS_MODEL_TEXT_H

#include "tests/model/model.h"

struct text {
	struct arena *arena;
	char *bytes;
	size_t len;
	size_t size;
	int depth;
};

void text_begin(struct text *text, const char *name);
void text_end(struct text *text);
/* A number; 0 is absent. */
void text_number(struct text *text, const char *name, uint64_t value);
void text_signed(struct text *text, const char *name, int64_t value);
/* A number with presence of its own. */
void text_optional(struct text *text, const char *name, bool has, int64_t value);
/* Text; NULL and empty are absent. */
void text_string(struct text *text, const char *name, const char *value);
/* Text with presence: empty is a value. */
void text_present(struct text *text, const char *name, const char *value);
void text_bytes(struct text *text, const char *name, const uint8_t *data, size_t len);
void text_uuid(struct text *text, const char *name, const struct pp_uuid *id);

void text_terms(struct text *text, const char *name, const struct pp_terms *terms);
void text_profile(struct text *text, const char *name, const struct pp_business_profile *profile);
void text_account(struct text *text, const char *name, const struct pp_account *account);
void text_status(struct text *text, const char *name, const struct pp_status *status);

/* Bodies. */
void text_request_body(struct text *text, const struct pp_request *request);
void text_response_body(struct text *text, const struct pp_response *response);

#endif
