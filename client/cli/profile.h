/* The profile of a business by name: from the options of a command, and as text. */
#ifndef CLIENT_CLI_PROFILE_H
#define CLIENT_CLI_PROFILE_H

#include "client/cli/cli.h"

enum { PROFILE_TEXT_BYTES = PP_ADDRESS_BYTES_MAX + 1 };

/* As the options call a field: "name", "address", "commission". NULL: unknown to this build. */
const char *profile_name(enum pp_business_field field);
/* Its value for people. False, and "", when it is not set or there is no profile. */
bool profile_format(const struct pp_business_profile *profile, enum pp_business_field field,
	char out[PROFILE_TEXT_BYTES]);
/* Fills what options were given for, and returns which fields they are. `profile` is zeroed. */
pp_set profile_from_options(const struct cli *cli, struct pp_business_profile *profile);

#endif
