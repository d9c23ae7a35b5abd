#include "client/cli/resolve.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/cli/report.h"

enum { ID_TEXT_BYTES = 24 };

static int set_id(struct cli *cli, struct arg_value *value, const char *noun, uint64_t id)
{
	char text[ID_TEXT_BYTES];

	(void)snprintf(text, sizeof(text), "%" PRIu64, id);
	cli_note(cli, "%s is %s %s", value->text, noun, text);
	value->number = (int64_t)id;
	return args_set_meaning(value, text) == 0 ? CLI_ACCEPTED
						  : report_not_printed("the id of a name");
}

static int find_user(struct cli *cli, const char *name, uint64_t *id)
{
	struct pp_request request = { .kind = PP_KIND_GET_USER, .u.get_user = { .name = name } };
	const struct pp_response *response;

	int code = cli_look_up(cli, &request, &response);
	if (code == CLI_ACCEPTED)
		*id = response->u.get_user.user->user_id;
	return code;
}

static int find_business(struct cli *cli, const char *name, uint64_t *id)
{
	struct pp_request request = { .kind = PP_KIND_GET_BUSINESS,
		.u.get_business = { .name = name } };
	const struct pp_response *response;

	int code = cli_look_up(cli, &request, &response);
	if (code == CLI_ACCEPTED)
		*id = response->u.get_business.business->business_id;
	return code;
}

/* BUSINESS/NAME, the business by its id or by its name. */
static int find_coupon(struct cli *cli, const struct arg_value *value, uint64_t *id)
{
	struct pp_request request = { .kind = PP_KIND_GET_COUPON,
		.u.get_coupon = {
			.business_id = (uint64_t)value->number, .name = value->coupon_name } };
	const struct pp_response *response;
	int code = CLI_ACCEPTED;

	if (value->name != NULL)
		code = find_business(cli, value->name, &request.u.get_coupon.business_id);
	if (code == CLI_ACCEPTED)
		code = cli_look_up(cli, &request, &response);
	if (code == CLI_ACCEPTED)
		*id = response->u.get_coupon.coupon->coupon_id;
	return code;
}

static int resolve(struct cli *cli, struct arg_value *value)
{
	const char *noun = "coupon";
	uint64_t id = 0;
	int code;

	switch (value->spec->type) {
	case ARG_USER:
	case ARG_USER_OR_0:
		if (value->name == NULL)
			return CLI_ACCEPTED;
		noun = "user";
		code = find_user(cli, value->name, &id);
		break;
	case ARG_BUSINESS:
		if (value->name == NULL)
			return CLI_ACCEPTED;
		noun = "business";
		code = find_business(cli, value->name, &id);
		break;
	case ARG_COUPON:
		if (value->coupon_name == NULL)
			return CLI_ACCEPTED;
		code = find_coupon(cli, value, &id);
		break;
	default: return CLI_ACCEPTED;
	}
	return code == CLI_ACCEPTED ? set_id(cli, value, noun, id) : code;
}

int resolve_names(struct cli *cli)
{
	for (size_t i = 0; i < cli->args.n_values; i++) {
		int code = resolve(cli, &cli->args.values[i]);
		if (code != CLI_ACCEPTED)
			return code;
	}
	return CLI_ACCEPTED;
}
