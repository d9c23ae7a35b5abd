/* The table of commands: it drives parsing, help and "did you mean". */
#include "client/cli/commands.h"

#define REQUIRED(row_name, row_type, row_value, row_help) \
	{ \
		.name = row_name, .type = row_type, .value = row_value, .help = row_help, \
		.required = true \
	}
#define WORDS(row_name, row_type, row_value, row_words, row_help) \
	{ \
		.name = row_name, .type = row_type, .value = row_value, .help = row_help, \
		.words = row_words \
	}
#define ARGUMENT(row_name, row_type, row_help) \
	{ \
		.name = row_name, .type = row_type, .help = row_help \
	}
#define END \
	{ \
		0 \
	}

#define TERM_OPTIONS(states, states_help) \
	ARG_OPTION("description", ARG_ANY_TEXT, "TEXT", "what it is, at most 4096 bytes"), \
		WORDS("starts", ARG_TIME, "TIME", "always", "valid from then on, or \"always\""), \
		WORDS("ends", ARG_TIME, "TIME", "never", "valid until then, or \"never\""), \
		WORDS("redeem-within", ARG_DURATION, "DURATION", "forever", \
			"after the purchase, or \"forever\""), \
		ARG_OPTION("honour", ARG_DURATION, "DURATION", \
			"how long it stays good after a change, at most 1h (new: 10m)"), \
		ARG_OPTION("per-user", ARG_COUNT, "N", "purchases of one user; 0: no limit"), \
		WORDS("state", ARG_CHOICE, "STATE", states, states_help), \
		WORDS("refund-policy", ARG_CHOICE, "POLICY", "keep-stock|return-stock", \
			"of an unredeemed purchase: keep-stock or return-stock")

#define EDIT_OPTIONS \
	REQUIRED("base", ARG_ID, "VERSION", "the version you read before you decided"), \
		ARG_ON_OFF( \
			"merge", "apply it on top of newer versions that touched other fields"), \
		ARG_ON_OFF("hard", "never honour older versions again; --reason is needed"), \
		ARG_OPTION("reason", ARG_TEXT, "TEXT", "why; kept with the version")

static const struct arg_spec credit_options[] = {
	WORDS("reason", ARG_CHOICE, "REASON", "route-added|route-completed|review-posted",
		"route-added, route-completed or review-posted: the server knows the amount"),
	ARG_OPTION("amount", ARG_COINS, "COINS", "an amount instead of a reason"),
	ARG_OPTION("reference", ARG_TEXT, "TEXT", "what it is for: paid once per user and reason"),
	END,
};

static const struct arg_spec business_options[] = {
	ARG_OPTION(
		"address", ARG_TEXT, "TEXT", "where it is; the server's goes before \"business\""),
	{ .name = "owner",
		.type = ARG_ID,
		.value = "USER",
		.help = "an owner; without any: the acting user",
		.many = true },
	ARG_OPTION("commission", ARG_PERCENT, "PERCENT", "of each price, as in 2.5% or 250bp (0)"),
	END,
};

static const struct arg_spec create_options[] = {
	REQUIRED("price", ARG_COINS, "COINS", "what one costs; 0: free"),
	ARG_OPTION("stock", ARG_COINS, "N", "pieces for sale; without it: unlimited"),
	TERM_OPTIONS("active|paused", "active or paused"),
	END,
};

static const struct arg_spec edit_options[] = {
	EDIT_OPTIONS,
	ARG_OPTION("name", ARG_TEXT, "NAME", "a new name"),
	ARG_OPTION("price", ARG_COINS, "COINS", "what one costs; 0: free"),
	TERM_OPTIONS("active|paused|ended", "active, paused or ended"),
	END,
};

static const struct arg_spec state_options[] = { EDIT_OPTIONS, END };

static const struct arg_spec show_options[] = {
	ARG_OPTION("version", ARG_ID, "VERSION", "as it stood at this version"),
	ARG_OPTION("at-revision", ARG_ID, "REVISION", "as it stood at this revision"),
	END,
};

static const struct arg_spec list_options[] = {
	ARG_ON_OFF("valid", "only those that are active and within their dates"),
	ARG_OPTION("page-size", ARG_COUNT, "N", "how many to ask for at a time, 1 to 256 (64)"),
	END,
};

static const struct arg_spec purchase_options[] = {
	ARG_OPTION("version", ARG_ID, "VERSION", "the version the buyer saw"),
	ARG_OPTION("as-of", ARG_ID, "REVISION", "or the revision of the list the buyer saw"),
	ARG_OPTION("max-price", ARG_COINS, "COINS", "the most the buyer will pay"),
	ARG_ON_OFF("as-seen", "at the price seen, even if it is lower now"),
	END,
};

static const struct arg_spec purchase_show_options[] = {
	ARG_OPTION("request", ARG_UUID, "UUID", "by the id of its request, of the acting user"),
	END,
};

static const struct arg_spec verify_options[] = {
	ARG_ON_OFF("wait", "until it is done, showing how far it is"),
	ARG_OPTION("id", ARG_ID, "ID", "ask about this run instead of starting one"),
	END,
};

static const char coupon_help[] = "its id, or BUSINESS/NAME: the id is looked up and printed";

#define COUPON_ARGUMENT \
	{ \
		ARGUMENT("COUPON", ARG_COUPON, coupon_help) \
	}
#define USER_ARGUMENT ARGUMENT("USER", ARG_ID, "its id")
#define BUSINESS_ARGUMENT ARGUMENT("BUSINESS", ARG_ID, "its id")

const struct command cli_commands[] = {
	{
		.noun = "user",
		.verb = "create",
		.summary = "Create a user, with an account of 0 coins",
		.examples = "peakpeeps user create Alex\n"
			    "id=$(peakpeeps user create \"Josh K.\" --get user_id)",
		.arguments = { ARGUMENT("NAME", ARG_TEXT, "its name, unique ignoring case") },
		.kind = PP_KIND_CREATE_USER,
		.fill = fill_user_create,
		.show = show_user_create,
	},
	{
		.noun = "user",
		.verb = "credit",
		.summary = "Give a user coins, for a reason or of an amount",
		.about = "With a --reference the same thing is never paid twice, even under\n"
			 "another request id.",
		.examples = "peakpeeps user credit 2 --reason route-added --reference route-4711\n"
			    "peakpeeps user credit 2 --amount 100",
		.arguments = { USER_ARGUMENT },
		.options = credit_options,
		.kind = PP_KIND_CREDIT_COINS,
		.check = check_user_credit,
		.fill = fill_user_credit,
		.show = show_user_credit,
	},
	{
		.noun = "user",
		.verb = "balance",
		.summary = "Show a user's coins",
		.examples = "peakpeeps user balance 2\n"
			    "peakpeeps user balance 2 --get balance_coins",
		.arguments = { USER_ARGUMENT },
		.kind = PP_KIND_GET_BALANCE,
		.fill = fill_user_balance,
		.show = show_balance,
	},
	{
		.noun = "business",
		.verb = "create",
		.summary = "Create a business, owned by one or more users",
		.examples =
			"peakpeeps business create Burgers --owner 1 --owner 2 --commission 2.5%\n"
			"peakpeeps business create \"Fried and Loaded\" --address Pier --as 3",
		.arguments = { ARGUMENT("NAME", ARG_TEXT, "its name, unique ignoring case") },
		.options = business_options,
		.kind = PP_KIND_CREATE_BUSINESS,
		.check = check_business_create,
		.fill = fill_business_create,
		.show = show_business_create,
	},
	{
		.noun = "business",
		.verb = "add-owner",
		.summary = "Make a user an owner too; only an owner can",
		.about = "A business has at most 16 owners.",
		.examples = "peakpeeps business add-owner 1 2 --as 1",
		.arguments = { BUSINESS_ARGUMENT, USER_ARGUMENT },
		.kind = PP_KIND_ADD_OWNER,
		.fill = fill_business_add_owner,
		.show = show_business_add_owner,
	},
	{
		.noun = "business",
		.verb = "balance",
		.summary = "Show a business's coins",
		.examples = "peakpeeps business balance 1",
		.arguments = { BUSINESS_ARGUMENT },
		.kind = PP_KIND_GET_BALANCE,
		.fill = fill_business_balance,
		.show = show_balance,
	},
	{
		.noun = "coupon",
		.verb = "create",
		.summary = "Offer a coupon; only an owner of the business can",
		.examples =
			"peakpeeps coupon create 1 \"Half off a burger\" --price 50 --as 1\n"
			"peakpeeps coupon create 1 Opening --price 5 --stock 900 --ends +1d --as 1",
		.arguments = { BUSINESS_ARGUMENT,
			ARGUMENT("NAME", ARG_TEXT, "its name, unique within the business") },
		.options = create_options,
		.kind = PP_KIND_CREATE_COUPON,
		.fill = fill_coupon_create,
		.show = show_coupon_create,
	},
	{
		.noun = "coupon",
		.verb = "edit",
		.summary = "Change terms of a coupon, on top of the version you read",
		.about = "Every edit makes a new version; the one before stays good for its\n"
			 "--honour time. If somebody else changed the coupon after you read\n"
			 "--base, nothing is written: you see base, theirs and yours, and the\n"
			 "command that puts yours on top.",
		.examples = "peakpeeps coupon edit 1000001 --base 1 --price 30 --as 1\n"
			    "peakpeeps coupon edit 1000001 --base 1 --honour 1h --merge --as 2\n"
			    "peakpeeps coupon edit 1000001 --base 2 --price 9 --hard --reason typo",
		.arguments = COUPON_ARGUMENT,
		.options = edit_options,
		.kind = PP_KIND_EDIT_COUPON,
		.check = check_coupon_edit,
		.fill = fill_coupon_edit,
		.show = show_coupon_edit,
	},
	{
		.noun = "coupon",
		.verb = "pause",
		.summary = "Stop selling for a while; the version before stays honoured",
		.examples = "peakpeeps coupon pause 1000001 --base 3 --as 1\n"
			    "peakpeeps coupon pause 1000001 --base 3 --hard --reason fraud --as 1",
		.arguments = COUPON_ARGUMENT,
		.options = state_options,
		.kind = PP_KIND_EDIT_COUPON,
		.fill = fill_coupon_pause,
		.show = show_coupon_edit,
	},
	{
		.noun = "coupon",
		.verb = "resume",
		.summary = "Sell again",
		.examples = "peakpeeps coupon resume 1000001 --base 4 --as 1",
		.arguments = COUPON_ARGUMENT,
		.options = state_options,
		.kind = PP_KIND_EDIT_COUPON,
		.fill = fill_coupon_resume,
		.show = show_coupon_edit,
	},
	{
		.noun = "coupon",
		.verb = "end",
		.summary = "End a coupon for good; what was bought stays good",
		.examples = "peakpeeps coupon end 1000001 --base 5 --as 1",
		.arguments = COUPON_ARGUMENT,
		.options = state_options,
		.kind = PP_KIND_EDIT_COUPON,
		.fill = fill_coupon_end,
		.show = show_coupon_edit,
	},
	{
		.noun = "coupon",
		.verb = "show",
		.summary = "Show a coupon, now or as it stood",
		.examples = "peakpeeps coupon show 1000001\n"
			    "peakpeeps coupon show \"1/half off a burger and shake\"\n"
			    "peakpeeps coupon show 1000001 --version 1",
		.arguments = COUPON_ARGUMENT,
		.options = show_options,
		.kind = PP_KIND_GET_COUPON,
		.check = check_coupon_show,
		.fill = fill_coupon_show,
		.show = show_coupon,
	},
	{
		.noun = "coupon",
		.verb = "list",
		.summary = "List the coupons of a business, all at one revision",
		.about = "All pages are asked for; they agree with each other, whatever changes\n"
			 "meanwhile.",
		.examples = "peakpeeps coupon list 1 --valid\n"
			    "# then buy what the list of revision 17 showed\n"
			    "peakpeeps coupon buy 1000001 --as-of 17 --as 3",
		.arguments = { BUSINESS_ARGUMENT },
		.options = list_options,
		.kind = PP_KIND_LIST_COUPONS,
		.fill = fill_coupon_list,
		.run = run_coupon_list,
	},
	{
		.noun = "coupon",
		.verb = "check",
		.summary = "Say what a purchase would answer, rule by rule",
		.about = "Exit code 0: it would be accepted. 1: it would be refused.",
		.examples = "peakpeeps coupon check 1000001 --version 1 --as 3",
		.arguments = COUPON_ARGUMENT,
		.options = purchase_options,
		.kind = PP_KIND_CHECK_PURCHASE,
		.check = check_purchase_arguments,
		.fill = fill_coupon_check,
		.show = show_coupon_check,
	},
	{
		.noun = "coupon",
		.verb = "buy",
		.summary = "Buy a coupon at the version that was seen",
		.about = "The version seen is honoured while it is current, and for its honour\n"
			 "time after a change. If the current one is cheaper and the same in all\n"
			 "else, that is taken, unless --as-seen. Stock, limits and coins are\n"
			 "those of the moment.",
		.examples = "peakpeeps coupon buy 1000001 --version 1 --as 3\n"
			    "peakpeeps coupon buy 1000001 --as-of 17 --max-price 40 --as 3",
		.arguments = COUPON_ARGUMENT,
		.options = purchase_options,
		.kind = PP_KIND_PURCHASE_COUPON,
		.check = check_purchase_arguments,
		.fill = fill_coupon_buy,
		.show = show_coupon_buy,
	},
	{
		.noun = "purchase",
		.verb = "show",
		.summary = "Show a receipt",
		.examples =
			"peakpeeps purchase show 1\n"
			"peakpeeps purchase show --request 019364c2-7c1e-7d3a-8f1b-2a4c6e8f0a1b",
		.arguments = { { .name = "ID",
			.type = ARG_ID,
			.help = "its id",
			.optional = true } },
		.options = purchase_show_options,
		.kind = PP_KIND_GET_PURCHASE,
		.check = check_purchase_show,
		.fill = fill_purchase_show,
		.show = show_purchase,
	},
	{
		.noun = "request",
		.verb = "abandon",
		.summary = "Learn how a request ended, or make sure that it never happens",
		.about = "For when the outcome of a request is unknown. If it was decided, its\n"
			 "outcome is told; if not, its id is spent, and nothing will ever be\n"
			 "done under it. --as must be that of the request.",
		.examples = "peakpeeps request abandon 019364c2-7c1e-7d3a-8f1b-2a4c6e8f0a1b --as 3",
		.arguments = { ARGUMENT("UUID", ARG_UUID, "the request's id") },
		.kind = PP_KIND_ABANDON_REQUEST,
		.fill = fill_request_abandon,
		.show = show_request_abandon,
	},
	{
		.noun = "verify",
		.summary = "Check every record of the store against every other",
		.about = "It looks at one snapshot, while the server goes on working. Exit code\n"
			 "0: clean, or still running. 1: it names what is wrong.",
		.examples = "peakpeeps verify --wait",
		.options = verify_options,
		.kind = PP_KIND_VERIFY,
		.run = run_verify,
	},
	{
		.noun = "server",
		.verb = "info",
		.summary = "Show what the server is and holds",
		.examples = "peakpeeps server info",
		.kind = PP_KIND_SERVER_INFO,
		.show = show_server_info,
	},
	{
		.noun = "server",
		.verb = "balance",
		.summary = "Show an account of the server itself",
		.about = "issuance: where coins are minted, so minus all coins there are.\n"
			 "commission: the operator's income. All accounts together are always 0.",
		.examples = "peakpeeps server balance issuance",
		.arguments = { { .name = "ACCOUNT",
			.type = ARG_CHOICE,
			.help = "issuance or commission",
			.words = "issuance|commission" } },
		.kind = PP_KIND_GET_BALANCE,
		.fill = fill_server_balance,
		.show = show_balance,
	},
	{ 0 },
};
