#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/hint.h"

enum { ANY = 0 };

/* What a reason means: of one kind of request, or else of any. What is not here explains itself. */
static const struct hint {
	enum pp_reason reason;
	int kind; /* ANY: of any other */
	const char *likely;
	const char *next;
} hints[] = {
	{ PP_REASON_PROTOCOL_UNSUPPORTED, ANY, "client and server are of different releases",
		"{peakpeeps} --version" },
	{ PP_REASON_UNKNOWN_REQUEST, ANY, "the server is older than this client",
		"{peakpeeps} --version" },
	{ PP_REASON_UNKNOWN_FIELD, ANY, "the server is older than this client",
		"{peakpeeps} --version" },
	{ PP_REASON_UNKNOWN_ENUM_VALUE, ANY, "the server is older than this client",
		"{peakpeeps} --version" },
	{ PP_REASON_FIELD_MISSING, ANY, "the server needs more than was given", "{help}" },
	{ PP_REASON_FIELD_INVALID, ANY, "a value that the server cannot take was given", "{help}" },
	{ PP_REASON_OVERLOADED, ANY,
		"the server has more work than its queues hold; this try executed nothing",
		"{again}" },
	{ PP_REASON_DEADLINE_PASSED, ANY,
		"it waited longer than --timeout in the server's queue; this try executed nothing",
		"{again}" },
	{ PP_REASON_STORAGE_FULL, ANY, "the server's disk or map is full; reads still work",
		"{again}\nonce there is room again" },
	{ PP_REASON_SHUTTING_DOWN, ANY,
		"the server is being stopped or restarted; this try executed nothing", "{again}" },
	{ PP_REASON_DATA_CORRUPT, ANY, "a record on the server's disk is damaged",
		"{peakpeeps} verify --wait" },
	{ PP_REASON_REQUEST_ID_REUSED, ANY,
		"this id was spent on something else; a new try takes a new id", "{again}" },
	{ PP_REASON_REQUEST_ID_EXPIRED, ANY,
		"ids are remembered for some days, and refused when they are older than that",
		"{peakpeeps} server info" },
	{ PP_REASON_REQUEST_ID_IN_FUTURE, ANY, "the id was made by a clock ahead of the server's",
		"{again}" },
	{ PP_REASON_REQUEST_ABANDONED, ANY,
		"it was given up with \"request abandon\": it never happened", "{again}" },
	{ PP_REASON_REVISION_IN_FUTURE, ANY,
		"the number is of another server, or this store was restored from a copy",
		"{peakpeeps} server info" },
	{ PP_REASON_VERIFY_BUSY, ANY, "only one verify runs at a time", "{again}\nin a while" },
	{ PP_REASON_VERIFY_NOT_FOUND, ANY, "only the latest run is remembered",
		"{peakpeeps} verify --wait" },
	{ PP_REASON_USER_NOT_FOUND, PP_KIND_GET_USER,
		"names are compared ignoring case; digits are an id, unless name: stands before "
		"them",
		"{create-user}" },
	{ PP_REASON_USER_NOT_FOUND, ANY, "ids count from 1, and this one was not given out yet",
		"{peakpeeps} server info" },
	{ PP_REASON_BUSINESS_NOT_FOUND, ANY,
		"names are compared ignoring case; digits are an id, unless name: stands before "
		"them",
		"{peakpeeps} business list" },
	{ PP_REASON_COUPON_NOT_FOUND, ANY, "the business has no coupon of this id or name",
		"{peakpeeps} coupon list {business}" },
	{ PP_REASON_PURCHASE_NOT_FOUND, PP_KIND_REDEEM_PURCHASE,
		"the code is of another business, or was misread; only its buyer can tell",
		"{peakpeeps} user purchases USER" },
	{ PP_REASON_PURCHASE_NOT_FOUND, PP_KIND_REFUND_PURCHASE,
		"ids count from 1, and this one was not given out yet",
		"{peakpeeps} user purchases USER" },
	{ PP_REASON_PURCHASE_NOT_FOUND, ANY,
		"no such purchase was made; one that is still on its way could yet be",
		"{abandon}" },
	{ PP_REASON_NO_SUCH_VERSION, PP_KIND_EDIT_BUSINESS, "a version above the newest one",
		"{peakpeeps} business show {business}" },
	{ PP_REASON_NO_SUCH_VERSION, ANY, "a version above the newest one",
		"{peakpeeps} coupon versions {coupon}" },
	{ PP_REASON_NAME_INVALID, ANY,
		"a name is 1 to 120 bytes, without control or invisible characters", "{help}" },
	{ PP_REASON_NAME_TAKEN, ANY, "names are compared ignoring case", "{taken}" },
	{ PP_REASON_NOT_AN_OWNER, PP_KIND_REFUND_PURCHASE,
		"user {user} does not own the business; --as says who acts", "{purchase}" },
	{ PP_REASON_NOT_AN_OWNER, ANY, "user {user} does not own the business; --as says who acts",
		"{peakpeeps} business show {business}" },
	{ PP_REASON_ALREADY_AN_OWNER, ANY,
		"somebody made that user an owner before; nothing is left to do",
		"{peakpeeps} business show {business}" },
	{ PP_REASON_TOO_MANY_OWNERS, ANY, "a business has at most 16 owners",
		"{peakpeeps} business show {business}" },
	{ PP_REASON_TOO_MANY_COUPONS, ANY,
		"a business has at most 999999 coupons; one can be edited",
		"{peakpeeps} coupon list {business}" },
	{ PP_REASON_TOO_MANY_VERSIONS, PP_KIND_EDIT_BUSINESS,
		"a business has at most 1000000 versions", "{peakpeeps} business show {business}" },
	{ PP_REASON_TOO_MANY_VERSIONS, ANY, "a coupon has at most 1000000 versions",
		"{peakpeeps} coupon create {business} NAME --price COINS{as}" },
	{ PP_REASON_BALANCE_OVERFLOW, ANY, "no account holds more than 9007199254740991 coins",
		"{peakpeeps} server balance issuance" },
	{ PP_REASON_ALREADY_CREDITED, ANY,
		"this reference was paid to this user for this reason before",
		"{peakpeeps} user statement {credited}" },
	{ PP_REASON_OWNER_NOT_FOUND, ANY, "that user owned it before, or never did",
		"{peakpeeps} business show {business}" },
	{ PP_REASON_LAST_OWNER, ANY, "a business keeps at least one owner",
		"{peakpeeps} business add-owner {business} USER{as}" },
	{ PP_REASON_OPERATOR_ONLY, PP_KIND_CREATE_BUSINESS,
		"the commission is the operator's to set; --as says who acts",
		"{without-commission}" },
	{ PP_REASON_OPERATOR_ONLY, ANY,
		"the commission is the operator's to set; --as says who acts",
		"{as-operator}\nif you are the operator" },
	{ PP_REASON_STOCK_UNLIMITED, ANY, "it was created without --stock, so nothing can run out",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_STOCK_OUT_OF_RANGE, ANY,
		"fewer are left than were to be taken away, or there would be more than can be "
		"counted",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_ALREADY_REDEEMED, ANY, "it was handed over before; do not hand it over again",
		"{purchase}" },
	{ PP_REASON_ALREADY_REFUNDED, ANY, "its coins went back to the buyer before",
		"{purchase}" },
	{ PP_REASON_PURCHASE_EXPIRED, ANY,
		"it was to be redeemed earlier; an owner of the business may refund it",
		"{purchase}" },
	{ PP_REASON_BUSINESS_INSUFFICIENT_COINS, ANY, "the business has fewer coins than go back",
		"{purchase}" },
	{ PP_REASON_COUPON_ENDED, ANY, "an end is final",
		"{peakpeeps} coupon create {business} NAME --price COINS{as}" },
	{ PP_REASON_TERMS_INVALID, ANY, "--ends must be never, or after --starts", "{terms}" },
	{ PP_REASON_COUPON_VERSION_EXPIRED, ANY,
		"it was changed, and this version is not honoured any more; nothing was charged",
		"{current}" },
	{ PP_REASON_COUPON_NOT_ACTIVE, ANY, "its owner has paused or ended it; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_COUPON_NOT_STARTED, ANY, "its terms begin later; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_COUPON_EXPIRED, ANY, "its terms are over; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_PRICE_CHANGED, ANY, "it costs more than --max-price; nothing was charged",
		"{current}" },
	{ PP_REASON_SOLD_OUT, ANY, "others were faster; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_USER_LIMIT_REACHED, ANY,
		"user {user} has bought as many as one user may; nothing was charged",
		"{peakpeeps} coupon show {coupon}" },
	{ PP_REASON_INSUFFICIENT_COINS, ANY,
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
	case PP_KIND_ADJUST_STOCK: return request->u.adjust_stock.coupon_id;
	case PP_KIND_LIST_COUPON_VERSIONS: return request->u.list_coupon_versions.coupon_id;
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
	case PP_KIND_REMOVE_OWNER: return request->u.remove_owner.business_id;
	case PP_KIND_EDIT_BUSINESS: return request->u.edit_business.business_id;
	case PP_KIND_GET_BUSINESS: return request->u.get_business.business_id;
	case PP_KIND_REDEEM_PURCHASE: return request->u.redeem_purchase.business_id;
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

static void put_as(const struct facts *facts, FILE *out)
{
	if (cli_acting_user(facts->cli) != 0)
		(void)fprintf(out, " --as %" PRIu64, cli_acting_user(facts->cli));
}

static void put_abandon(const struct facts *facts, FILE *out)
{
	const struct pp_request *request = facts->request;
	const struct pp_uuid *uuid = &request->request_id;
	char id[37];

	if (request->kind == PP_KIND_GET_PURCHASE && !request->u.get_purchase.has_request_id) {
		put_program(facts, out);
		(void)fputs(" user purchases USER", out);
		return;
	}
	if (request->kind == PP_KIND_GET_PURCHASE)
		uuid = &request->u.get_purchase.request_id;
	pp_uuid_format(uuid, id);
	put_program(facts, out);
	(void)fprintf(out, " request abandon %s", id);
	put_as(facts, out);
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

/* A look at the purchase; a code begins with its id. */
static void put_purchase(const struct facts *facts, FILE *out)
{
	const struct pp_request *request = facts->request;
	uint64_t id = 0;

	if (request->kind == PP_KIND_REFUND_PURCHASE)
		id = request->u.refund_purchase.purchase_id;
	else if (request->kind == PP_KIND_REDEEM_PURCHASE &&
		 !value_parse_code(request->u.redeem_purchase.code, &id))
		id = 0;
	put_program(facts, out);
	(void)fputs(" purchase show ", out);
	put_number(id, "ID", out);
}

/* Somebody by the name that was looked for, if it was one. */
static void put_create_user(const struct facts *facts, FILE *out)
{
	const char *name = facts->request->u.get_user.name;

	put_program(facts, out);
	if (name == NULL) {
		(void)fputs(" server info", out);
		return;
	}
	(void)fputs(" user create ", out);
	if (name[0] == '-')
		(void)fputs("-- ", out);
	args_print_word(name, out);
	(void)fputs("\nif there should be one", out);
}

/* A look at what has the name. */
static void put_taken(const struct facts *facts, FILE *out)
{
	const struct pp_request *request = facts->request;
	const char *noun = "business";
	const char *name = NULL;

	if (request->kind == PP_KIND_CREATE_USER) {
		noun = "user";
		name = request->u.create_user.name;
	} else if (request->kind == PP_KIND_CREATE_BUSINESS) {
		name = request->u.create_business.name;
	} else if (request->kind == PP_KIND_EDIT_BUSINESS) {
		name = request->u.edit_business.profile->name;
	}
	put_program(facts, out);
	if (name == NULL) {
		(void)fputs(" coupon list ", out);
		put_number(business_of(request), "BUSINESS", out);
		return;
	}
	(void)fprintf(out, " %s show %s", noun, name[0] == '-' ? "-- " : "");
	if (strspn(name, "0123456789") == strlen(name))
		(void)fputs("name:", out);
	args_print_word(name, out);
}

static void put_changed(const struct facts *facts, const char *option, const char *text, FILE *out)
{
	const struct arg_change changes[] = { { option, text }, { "request-id", NULL } };

	args_print_command(&facts->cli->args, changes, ARRAY_LEN(changes), out);
}

static void put_or_abandon(const struct facts *facts, FILE *out)
{
	if (facts->request->kind == PP_KIND_ABANDON_REQUEST)
		return;
	(void)fputs("\nor give it up: ", out);
	put_abandon(facts, out);
}

static bool is_word(const char *word, size_t len, const char *wanted)
{
	return strlen(wanted) == len && strncmp(word, wanted, len) == 0;
}

/* A number, and what stands for one that is not known. */
static bool put_number_word(const char *word, size_t len, const struct facts *facts, FILE *out)
{
	if (is_word(word, len, "user"))
		put_number(cli_acting_user(facts->cli), "USER", out);
	else if (is_word(word, len, "coupon"))
		put_number(coupon_of(facts->request), "COUPON", out);
	else if (is_word(word, len, "business"))
		put_number(business_of(facts->request), "BUSINESS", out);
	else if (is_word(word, len, "credited"))
		put_number(facts->request->u.credit_coins.user_id, "USER", out);
	else
		return false;
	return true;
}

/* What the word between braces stands for. */
static void put_word(const char *word, size_t len, const struct facts *facts, FILE *out)
{
	static const struct {
		const char *word;
		void (*put)(const struct facts *facts, FILE *out);
	} words[] = {
		{ "peakpeeps", put_program },
		{ "as", put_as },
		{ "current", put_current },
		{ "abandon", put_abandon },
		{ "or-abandon", put_or_abandon },
		{ "terms", put_terms },
		{ "purchase", put_purchase },
		{ "create-user", put_create_user },
		{ "taken", put_taken },
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(words); i++) {
		if (!is_word(word, len, words[i].word))
			continue;
		words[i].put(facts, out);
		return;
	}
	if (put_number_word(word, len, facts, out))
		return;
	if (is_word(word, len, "again"))
		put_again(facts, false, out);
	else if (is_word(word, len, "same"))
		put_again(facts, true, out);
	else if (is_word(word, len, "help"))
		put_help(facts->cli->args.command, out);
	else if (is_word(word, len, "without-commission"))
		put_changed(facts, "commission", NULL, out);
	else if (is_word(word, len, "as-operator"))
		put_changed(facts, "as", "0", out);
	else
		ASSERT(!"a word of a template");
}

/* `next` of a problem, or another part of it. */
static void expand(const char *template, const struct facts *facts, FILE *stream)
{
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
}

void hint_next(const char *template, const struct cli *cli, const struct pp_request *request,
	const struct pp_status *status, struct problem *problem)
{
	struct facts facts = { cli, request, status };
	FILE *stream = problem_open(problem);

	if (stream == NULL)
		return;
	expand(template, &facts, stream);
	problem_close(stream, problem);
}

static void put_likely(const struct hint *hint, const struct facts *facts, struct problem *problem)
{
	FILE *stream = fmemopen(problem->likely, sizeof(problem->likely), "w");

	if (stream == NULL)
		return;
	expand(hint->likely, facts, stream);
	(void)fclose(stream);
}

void hint_explain(const struct cli *cli, const struct pp_request *request,
	const struct pp_response *response, struct problem *problem)
{
	struct facts facts = { cli, request, response->status };
	size_t i;

	for (i = 0; i < ARRAY_LEN(hints); i++) {
		const struct hint *hint = &hints[i];

		if (hint->reason != response->status->reason ||
			(hint->kind != ANY && hint->kind != (int)request->kind))
			continue;
		put_likely(hint, &facts, problem);
		hint_next(hint->next, cli, request, response->status, problem);
		return;
	}
}
