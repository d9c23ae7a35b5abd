#include "client/cli/profile.h"

#include <inttypes.h>
#include <stdio.h>

const char *profile_name(enum pp_business_field field)
{
	static const char *const names[PP_BUSINESS_FIELD_COUNT] = {
		[PP_BUSINESS_FIELD_NAME] = "name",
		[PP_BUSINESS_FIELD_ADDRESS] = "address",
		[PP_BUSINESS_FIELD_COMMISSION] = "commission",
	};

	return (unsigned)field < PP_BUSINESS_FIELD_COUNT ? names[field] : NULL;
}

bool profile_format(const struct pp_business_profile *profile, enum pp_business_field field,
	char out[PROFILE_TEXT_BYTES])
{
	const char *text = NULL;

	out[0] = '\0';
	if (profile == NULL)
		return false;
	if (field == PP_BUSINESS_FIELD_COMMISSION) {
		if (profile->has_commission_bp)
			(void)snprintf(out, PROFILE_TEXT_BYTES, "%" PRIu32 ".%02" PRIu32 "%%",
				profile->commission_bp / 100, profile->commission_bp % 100);
		return profile->has_commission_bp;
	}
	if (field == PP_BUSINESS_FIELD_NAME)
		text = profile->name;
	else if (field == PP_BUSINESS_FIELD_ADDRESS)
		text = profile->address;
	if (text != NULL)
		(void)snprintf(out, PROFILE_TEXT_BYTES, "%s", text);
	return text != NULL;
}

pp_set profile_from_options(const struct cli *cli, struct pp_business_profile *profile)
{
	pp_set fields = 0;

	*profile = (struct pp_business_profile) {
		.name = cli_text(cli, "name"),
		.address = cli_text(cli, "address"),
		.has_commission_bp = cli_has(cli, "commission"),
		.commission_bp = (uint32_t)cli_number(cli, "commission", 0),
	};
	for (int field = 1; field < PP_BUSINESS_FIELD_COUNT; field++) {
		if (cli_has(cli, profile_name((enum pp_business_field)field)))
			fields |= PP_SET_OF(field);
	}
	return fields;
}
