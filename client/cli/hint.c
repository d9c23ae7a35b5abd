#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/hint.h"

/* By reason; what is not here explains itself. */
static const struct hint {
	enum pp_reason reason;
	const char *likely;
	const char *next;
} hints[] = {
	{ PP_REASON_PROTOCOL_UNSUPPORTED, "client and server are of different releases",
		"{peakpeeps} --version" },
	{ PP_REASON_UNKNOWN_REQUEST, "the server is older than this client",
		"{peakpeeps} --version" },
	{ PP_REASON_UNKNOWN_FIELD, "the server is older than this client",
		"{peakpeeps} --version" },
	{ PP_REASON_UNKNOWN_ENUM_VALUE, "the server is older than this client",
		"{peakpeeps} --version" },
	{ PP_REASON_FIELD_MISSING, "the server needs more than was given", "{help}" },
	{ PP_REASON_FIELD_INVALID, "a value that the server cannot take was given", "{help}" },
	{ PP_REASON_OVERLOADED,
		"the server has more work than its queues hold; this try executed nothing",
		"{again}" },
	{ PP_REASON_DEADLINE_PASSED,
		"it waited longer than --timeout in the server's queue; this try executed nothing",
		"{again}" },
	{ PP_REASON_STORAGE_FULL, "the server's disk or map is full; reads still work",
		"{again}\nonce there is room again" },
	{ PP_REASON_SHUTTING_DOWN,
		"the server is being stopped or restarted; this try executed nothing", "{again}" },
	{ PP_REASON_DATA_CORRUPT, "a record on the server's disk is damaged",
		"{peakpeeps} verify --wait" },
	{ PP_REASON_REQUEST_ID_REUSED,
		"this id was spent on something else; a new try takes a new id", "{again}" },
	{ PP_REASON_REQUEST_ID_EXPIRED,
		"ids are remembered for some days, and refused when they are older than that",
		"{peakpeeps} server info" },
	{ PP_REASON_REQUEST_ID_IN_FUTURE, "the id was made by a clock ahead of the server's",
		"{again}" },
	{ PP_REASON_REQUEST_ABANDONED,
		"it was given up with \"request abandon\": it never happened", "{again}" },
	{ PP_REASON_REVISION_IN_FUTURE,
		"the number is of another server, or this store was restored from a copy",
		"{peakpeeps} server info" },
	{ PP_REASON_VERIFY_BUSY, "only one verify runs at a time", "{again}\nin a while" },
	{ PP_REASON_VERIFY_NOT_FOUND, "only the latest run is remembered",
		"{peakpeeps} verify --wait" },
	{ PP_REASON_USER_NOT_FOUND, "user ids count from 1, and this one was never given out",
		"{peakpeeps} server info" },
	{ PP_REASON_BUSINESS_NOT_FOUND,
		"business ids count from 1, and this one was never given out",
		"{peakpeeps} server info" },
	{ PP_REASON_COUPON_NOT_FOUND, "the business has no coupon of this id or name",
		"{peakpeeps} coupon list {business}" },
	{ PP_REASON_PURCHASE_NOT_FOUND,
		"no such purchase was made; one that is still on its way could yet be",
		"{abandon}" },
	{ PP_REASON_NO_SUCH_VERSION, "a version above the newest one",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_NAME_INVALID,
		"a name is 1 to 120 bytes, without control or invisible characters", "{help}" },
	{ PP_REASON_NAME_TAKEN,
		"names are compared ignoring case; one that was freed stays taken "
		"while it is honoured",
		"{help}" },
	{ PP_REASON_NOT_AN_OWNER, "user {user} is not an owner of the business; --as says who acts",
		"{peakpeeps} business add-owner {business} {user} --as OWNER" },
	{ PP_REASON_ALREADY_AN_OWNER,
		"somebody made that user an owner before; nothing is left to do",
		"{peakpeeps} business balance {business}" },
	{ PP_REASON_TOO_MANY_OWNERS, "a business has at most 16 owners",
		"{peakpeeps} business add-owner --help" },
	{ PP_REASON_TOO_MANY_COUPONS, "a business has at most 999999 coupons; one can be edited",
		"{peakpeeps} coupon list {business}" },
	{ PP_REASON_TOO_MANY_VERSIONS, "a coupon has at most 1000000 versions",
		"{peakpeeps} coupon create {business} NAME --price COINS" },
	{ PP_REASON_BALANCE_OVERFLOW, "no account holds more than 9007199254740991 coins",
		"{peakpeeps} server balance issuance" },
	{ PP_REASON_ALREADY_CREDITED, "this reference was paid to this user for this reason before",
		"{peakpeeps} user balance {credited}" },
	{ PP_REASON_COUPON_ENDED, "an end is final",
		"{peakpeeps} coupon create {business} NAME --price COINS" },
	{ PP_REASON_TERMS_INVALID, "--ends must be never, or after --starts", "{terms}" },
	{ PP_REASON_COUPON_VERSION_EXPIRED,
		"it was changed, and this version is not honoured any more; nothing was charged",
		"{current}" },
	{ PP_REASON_COUPON_NOT_ACTIVE, "its owner has paused or ended it; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_COUPON_NOT_STARTED, "its terms begin later; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_COUPON_EXPIRED, "its terms are over; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_PRICE_CHANGED, "it costs more than --max-price; nothing was charged",
		"{current}" },
	{ PP_REASON_SOLD_OUT, "others were faster; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_USER_LIMIT_REACHED,
		"user {user} has bought as many as one user may; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_INSUFFICIENT_COINS,
		"user {user} has fewer coins than it costs; nothing was charged",
		"{peakpeeps} user balance {user}" },
};

/* What a template can refer to. */
struct facts {
	const struct cli *cli;
	const struct pp_request *request;
	const struct pp_status *status;
};

static uint64_t coupon_of(const struct pp_request *request)
{
	switch (request->kind) {
	case PP_KIND_EDIT_COUPON: return request->u.edit_coupon.coupon_id;
	case PP_KIND_GET_COUPON: return request->u.get_coupon.coupon_id;
	case PP_KIND_CHECK_PURCHASE: return request->u.check_purchase.coupon_id;
	case PP_KIND_PURCHASE_COUPON: return request->u.purchase_coupon.coupon_id;
	default: return 0;
	}
}

static uint64_t business_of(const struct pp_request *request)
{
	uint64_t coupon = coupon_of(request);

	/* A coupon's id is its business's times a million, and a number. */
	if (coupon != 0)
		return coupon / (PP_COUPONS_MAX + 1);
	switch (request->kind) {
	case PP_KIND_ADD_OWNER: return request->u.add_owner.business_id;
	case PP_KIND_CREATE_COUPON: return request->u.create_coupon.business_id;
	case PP_KIND_GET_COUPON: return request->u.get_coupon.business_id;
	case PP_KIND_LIST_COUPONS: return request->u.list_coupons.business_id;
	default: return 0;
	}
}

static void put_number(uint64_t number, const char *name, FILE *out)
{
	if (number != 0)
		(void)fprintf(out, "%" PRIu64, number);
	else
		(void)fputs(name, out);
}

/* The program, with the server's address if it was typed. */
static void put_program(const struct facts *facts, FILE *out)
{
	char address[CLI_ADDRESS_BYTES];

	(void)fprintf(out, "peakpeeps%s", cli_address_option(facts->cli, address));
}

static void put_current(const struct facts *facts, FILE *out)
{
	const struct pp_current_offer *offer =
		facts->status == NULL ? NULL : facts->status->current_offer;
	char version[24];
	char price[24];
	struct arg_change changes[] = { { "version", version }, { "max-price", price },
		{ "as-of", NULL }, { "request-id", NULL } };

	if (offer == NULL) {
		put_program(facts, out);
		(void)fprintf(out, " coupon show %" PRIu64, coupon_of(facts->request));
		return;
	}
	(void)snprintf(version, sizeof(version), "%" PRIu64, offer->current_version);
	(void)snprintf(price, sizeof(price), "%" PRId64, offer->price_coins);
	args_print_command(&facts->cli->args, changes, ARRAY_LEN(changes), out);
	(void)fprintf(out, "\nif %s coins are fine with you", price);
}

static void put_again(const struct facts *facts, bool same_id, FILE *out)
{
	char id[37];
	struct arg_change change = { "request-id", same_id ? id : NULL };
	bool write = pp_kind_flags(facts->request->kind) == PP_WRITE &&
		     facts->request->kind != PP_KIND_ABANDON_REQUEST;

	pp_uuid_format(&facts->request->request_id, id);
	args_print_command(&facts->cli->args, &change, write ? 1 : 0, out);
}

static void put_abandon(const struct facts *facts, FILE *out)
{
	const struct pp_request *request = facts->request;
	const struct pp_uuid *uuid = &request->request_id;
	char id[37];

	if (request->kind == PP_KIND_GET_PURCHASE && !request->u.get_purchase.has_request_id) {
		put_program(facts, out);
		(void)fputs(" server info", out);
		return;
	}
	if (request->kind == PP_KIND_GET_PURCHASE)
		uuid = &request->u.get_purchase.request_id;
	pp_uuid_format(uuid, id);
	put_program(facts, out);
	(void)fprintf(out, " request abandon %s", id);
	if (cli_acting_user(facts->cli) != 0)
		(void)fprintf(out, " --as %" PRIu64, cli_acting_user(facts->cli));
}

static void put_help(const struct command *command, FILE *out)
{
	(void)fprintf(out, "peakpeeps %s", command->noun);
	if (command->verb != NULL)
		(void)fprintf(out, " %s", command->verb);
	(void)fputs(" --help", out);
}

/* Where to look which terms there are: none yet when the coupon was to be created. */
static void put_terms(const struct facts *facts, FILE *out)
{
	uint64_t coupon = coupon_of(facts->request);

	if (coupon == 0) {
		put_help(facts->cli->args.command, out);
		return;
	}
	put_program(facts, out);
	(void)fprintf(out, " coupon show %" PRIu64, coupon);
}

/* What the word between braces stands for. */
static void put_word(const char *word, size_t len, const struct facts *facts, FILE *out)
{
	const struct args *args = &facts->cli->args;

	if (strncmp(word, "again", len) == 0) {
		put_again(facts, false, out);
	} else if (strncmp(word, "same", len) == 0) {
		put_again(facts, true, out);
	} else if (strncmp(word, "current", len) == 0) {
		put_current(facts, out);
	} else if (strncmp(word, "abandon", len) == 0) {
		put_abandon(facts, out);
	} else if (strncmp(word, "or-abandon", len) == 0) {
		if (facts->request->kind == PP_KIND_ABANDON_REQUEST)
			return;
		(void)fputs("\nor give it up: ", out);
		put_abandon(facts, out);
	} else if (strncmp(word, "terms", len) == 0) {
		put_terms(facts, out);
	} else if (strncmp(word, "peakpeeps", len) == 0) {
		put_program(facts, out);
	} else if (strncmp(word, "help", len) == 0) {
		put_help(args->command, out);
	} else if (strncmp(word, "user", len) == 0) {
		put_number(cli_acting_user(facts->cli), "USER", out);
	} else if (strncmp(word, "coupon", len) == 0) {
		put_number(coupon_of(facts->request), "COUPON", out);
	} else if (strncmp(word, "business", len) == 0) {
		put_number(business_of(facts->request), "BUSINESS", out);
	} else if (strncmp(word, "credited", len) == 0) {
		put_number(facts->request->u.credit_coins.user_id, "USER", out);
	}
}

/* Half a command would be worse than none. */
static void end_text(FILE *stream, char *out)
{
	bool failed = fflush(stream) != 0 || ferror(stream) != 0;

	(void)fclose(stream);
	if (failed)
		out[0] = '\0';
}

static void expand(const char *template, const struct facts *facts, char *out, size_t size)
{
	FILE *stream = fmemopen(out, size, "w");

	if (stream == NULL)
		return;
	while (*template != '\0') {
		size_t len = strcspn(template, "{");

		(void)fwrite(template, 1, len, stream);
		template += len;
		if (*template == '\0')
			break;
		len = strcspn(template, "}");
		put_word(template + 1, len - 1, facts, stream);
		template += len + 1;
	}
	end_text(stream, out);
}

void hint_next(const char *template, const struct cli *cli, const struct pp_request *request,
	const struct pp_status *status, struct problem *problem)
{
	struct facts facts = { cli, request, status };

	expand(template, &facts, problem->next, sizeof(problem->next));
}

void hint_explain(const struct cli *cli, const struct pp_request *request,
	const struct pp_response *response, struct problem *problem)
{
	struct facts facts = { cli, request, response->status };
	size_t i;

	for (i = 0; i < ARRAY_LEN(hints); i++) {
		if (hints[i].reason != response->status->reason)
			continue;
		expand(hints[i].likely, &facts, problem->likely, sizeof(problem->likely));
		expand(hints[i].next, &facts, problem->next, sizeof(problem->next));
	}
}

void hint_command(const struct cli *cli, const struct arg_change *changes, size_t n_changes,
	struct problem *problem)
{
	FILE *stream = fmemopen(problem->next, sizeof(problem->next), "w");

	if (stream == NULL)
		return;
	args_print_command(&cli->args, changes, n_changes, stream);
	end_text(stream, problem->next);
}
