/* The table of commands: it drives parsing, help and "did you mean". */
#include "client/cli/commands.h"
#include "client/cli/commands_options.h"

#define ARGUMENT(row_name, row_type, row_help) \
	{ \
		.name = row_name, .type = row_type, .help = row_help \
	}

static const char coupon_help[] = "its id, or BUSINESS/NAME: the id is looked up and printed";

#define COUPON_ARGUMENT \
	{ \
		ARGUMENT("COUPON", ARG_COUPON, coupon_help) \
	}
#define USER_ARGUMENT ARGUMENT("USER", ARG_USER, "its id, or its name")
#define BUSINESS_ARGUMENT ARGUMENT("BUSINESS", ARG_BUSINESS, "its id, or its name")

#define SERVER_ACCOUNT \
	{ \
		{ \
			.name = "ACCOUNT", .type = ARG_CHOICE, .help = "issuance or commission", \
			.words = "issuance|commission" \
		} \
	}

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
		.verb = "show",
		.summary = "Show a user",
		.examples = "peakpeeps user show Alex\n"
			    "peakpeeps user show name:42    # whose name is 42",
		.arguments = { USER_ARGUMENT },
		.kind = PP_KIND_GET_USER,
		.fill = fill_user_show,
		.show = show_user,
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
		.noun = "user",
		.verb = "statement",
		.summary = "List what a user earned and spent, newest first",
		.examples = "peakpeeps user statement Josh --limit 10",
		.arguments = { USER_ARGUMENT },
		.options = page_options,
		.kind = PP_KIND_LIST_LEDGER_ENTRIES,
		.fill = fill_user_statement,
		.run = run_statement,
	},
	{
		.noun = "user",
		.verb = "purchases",
		.summary = "List what a user bought, newest first",
		.examples = "peakpeeps user purchases Josh",
		.arguments = { USER_ARGUMENT },
		.options = page_options,
		.kind = PP_KIND_LIST_PURCHASES,
		.fill = fill_user_purchases,
		.run = run_user_purchases,
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
		.verb = "show",
		.summary = "Show a business",
		.examples = "peakpeeps business show \"Fried and Loaded\"",
		.arguments = { BUSINESS_ARGUMENT },
		.kind = PP_KIND_GET_BUSINESS,
		.fill = fill_business_show,
		.show = show_business,
	},
	{
		.noun = "business",
		.verb = "list",
		.summary = "List businesses",
		.examples = "peakpeeps business list --valid\n"
			    "peakpeeps business list --limit 20",
		.options = business_list_options,
		.kind = PP_KIND_LIST_BUSINESSES,
		.fill = fill_business_list,
		.run = run_business_list,
	},
	{
		.noun = "business",
		.verb = "edit",
		.summary = "Change a business, on top of the version you read",
		.about = "Its owners share it: if somebody else changed it after you read --base,\n"
			 "nothing is written, and you see base, theirs and yours.",
		.examples = "peakpeeps business edit 1 --base 1 --address \"Pier 5\" --as Alex\n"
			    "peakpeeps business edit 1 --base 2 --commission 3%",
		.arguments = { BUSINESS_ARGUMENT },
		.options = business_edit_options,
		.kind = PP_KIND_EDIT_BUSINESS,
		.check = check_business_edit,
		.fill = fill_business_edit,
		.show = show_business_edit,
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
		.verb = "remove-owner",
		.summary = "End a user's ownership; only an owner can, and never the last",
		.examples = "peakpeeps business remove-owner 1 Robin --as Alex",
		.arguments = { BUSINESS_ARGUMENT, USER_ARGUMENT },
		.kind = PP_KIND_REMOVE_OWNER,
		.fill = fill_business_remove_owner,
		.show = show_business_remove_owner,
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
		.noun = "business",
		.verb = "statement",
		.summary = "List what a business took in, newest first",
		.examples = "peakpeeps business statement 1 --limit 20",
		.arguments = { BUSINESS_ARGUMENT },
		.options = page_options,
		.kind = PP_KIND_LIST_LEDGER_ENTRIES,
		.fill = fill_business_statement,
		.run = run_statement,
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
		.verb = "restore",
		.summary = "Bring the terms of an old version back, as a new one",
		.about = "All terms as they stood at --version, state and name included.\n"
			 "Versions that were withdrawn (--hard) stay withdrawn.",
		.examples = "peakpeeps coupon versions 1000001\n"
			    "peakpeeps coupon restore 1000001 --version 1 --base 3 --as Alex",
		.arguments = COUPON_ARGUMENT,
		.options = restore_options,
		.kind = PP_KIND_EDIT_COUPON,
		.fill = fill_coupon_restore,
		.show = show_coupon_edit,
	},
	{
		.noun = "coupon",
		.verb = "stock",
		.summary = "Change how many pieces are for sale",
		.about =
			"It makes no version and cannot conflict: pieces are added or taken away,\n"
			"not set.",
		.examples = "peakpeeps coupon stock 1000001 --add 50 --as Alex",
		.arguments = COUPON_ARGUMENT,
		.options = stock_options,
		.kind = PP_KIND_ADJUST_STOCK,
		.check = check_coupon_stock,
		.fill = fill_coupon_stock,
		.show = show_coupon_stock,
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
		.verb = "versions",
		.summary = "List every version of a coupon: what changed, when, by whom",
		.examples = "peakpeeps coupon versions \"Fried and Loaded/BOGO Loaded Tots\"",
		.arguments = COUPON_ARGUMENT,
		.options = page_options,
		.kind = PP_KIND_LIST_COUPON_VERSIONS,
		.fill = fill_coupon_versions,
		.run = run_coupon_versions,
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
		.noun = "purchase",
		.verb = "redeem",
		.summary = "Hand over what was bought, by its code, exactly once",
		.about = "An owner of the business can, and the operator. A second time is\n"
			 "refused, and told when the first was.",
		.examples = "peakpeeps purchase redeem 1 1-282P-CHJN-WHMR --as Alex",
		.arguments = { BUSINESS_ARGUMENT,
			ARGUMENT("CODE", ARG_TEXT,
				"as on the receipt; case and hyphens do not matter") },
		.kind = PP_KIND_REDEEM_PURCHASE,
		.fill = fill_purchase_redeem,
		.show = show_purchase_redeem,
	},
	{
		.noun = "purchase",
		.verb = "refund",
		.summary = "Give the buyer all coins back",
		.about = "An owner of the business can, and the operator. The piece is for sale\n"
			 "again if it was not redeemed and its terms say return-stock.",
		.examples = "peakpeeps purchase refund 1 --reason \"it was cold\" --as Alex",
		.arguments = { ARGUMENT("ID", ARG_ID, "its id") },
		.options = refund_options,
		.kind = PP_KIND_REFUND_PURCHASE,
		.fill = fill_purchase_refund,
		.show = show_purchase_refund,
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
		.noun = "sample",
		.summary = "Fill a server with users, businesses, coupons, credits and purchases",
		.about = "Per unit of --scale: 33 000 users, 16 500 businesses with one to three\n"
			 "owners, 33 000 coupons, 165 000 routes completed and as many reviewed,\n"
			 "33 000 purchases; the same each time. Interrupted, it goes on where it\n"
			 "was when it is run again; run with a larger scale, it adds what is\n"
			 "missing. At the end the books are checked.",
		.examples = "peakpeeps sample\n"
			    "peakpeeps sample --scale 10",
		.options = sample_options,
		.kind = PP_KIND_VERIFY,
		.check = check_sample,
		.run = run_sample,
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
		.verb = "stats",
		.summary = "Show what the server does: connections, requests, their times, memory",
		.about = "Times are of requests that were decided: from when the server woke to\n"
			 "read one until it was taken up (in queue), in deciding it, in making it\n"
			 "durable (in sync), and until its reply was ready (in all). A write is\n"
			 "decided and synced with its batch. All since the server started.",
		.examples = "peakpeeps server stats\n"
			    "peakpeeps server stats --get batches_total",
		.kind = PP_KIND_STATS,
		.show = show_server_stats,
	},
	{
		.noun = "server",
		.verb = "balance",
		.summary = "Show an account of the server itself",
		.about = "issuance: where coins are minted, so minus all coins there are.\n"
			 "commission: the operator's income. All accounts together are always 0.",
		.examples = "peakpeeps server balance issuance",
		.arguments = SERVER_ACCOUNT,
		.kind = PP_KIND_GET_BALANCE,
		.fill = fill_server_balance,
		.show = show_balance,
	},
	{
		.noun = "server",
		.verb = "statement",
		.summary = "List the entries of an account of the server itself, newest first",
		.examples = "peakpeeps server statement commission --limit 20",
		.arguments = SERVER_ACCOUNT,
		.options = page_options,
		.kind = PP_KIND_LIST_LEDGER_ENTRIES,
		.fill = fill_server_statement,
		.run = run_statement,
	},
	{ 0 },
};
