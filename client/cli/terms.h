/* The terms of a coupon by name: from the options of a command, and as text. */
#ifndef CLIENT_CLI_TERMS_H
#define CLIENT_CLI_TERMS_H

#include "client/cli/cli.h"

enum { TERM_TEXT_BYTES = PP_DESCRIPTION_BYTES_MAX + 1 };

/* As the options call a field: "price", "redeem-within". NULL: unknown to this build. */
const char *term_name(enum pp_term_field field);
/* Its value for people. False, and "", when it is not set or there are no terms. */
bool term_format(const struct pp_terms *terms, enum pp_term_field field, char out[TERM_TEXT_BYTES]);
/* The names of a set, with commas between. */
void term_format_set(pp_set fields, char *out, size_t size);

/* Fills the terms that options were given for, and returns which they are. `terms` is zeroed. */
pp_set terms_from_options(const struct cli *cli, struct pp_terms *terms);

#endif
