/* The options of every command. */
#include "client/cli/commands_options.h"

#include "client/cli/list.h"
#include "client/cli/sample_plan.h"
#include "client/cli/stream.h"

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

const struct arg_spec credit_options[] = {
	WORDS("reason", ARG_CHOICE, "REASON", "route-added|route-completed|review-posted",
		"route-added, route-completed or review-posted: the server knows the amount"),
	ARG_RANGE("amount", ARG_COINS, "COINS", 1, PP_COINS_MAX, "an amount instead of a reason"),
	ARG_OPTION("reference", ARG_TEXT, "TEXT", "what it is for: paid once per user and reason"),
	END,
};

const struct arg_spec business_options[] = {
	ARG_OPTION(
		"address", ARG_TEXT, "TEXT", "where it is; the server's goes before \"business\""),
	{ .name = "owner",
		.type = ARG_USER,
		.value = "USER",
		.help = "an owner, by id or name; without any: the acting user",
		.many = true },
	ARG_OPTION("commission", ARG_PERCENT, "PERCENT", "of each price, as in 2.5% or 250bp (0)"),
	END,
};

const struct arg_spec create_options[] = {
	REQUIRED("price", ARG_COINS, "COINS", "what one costs; 0: free"),
	ARG_OPTION("stock", ARG_COINS, "N", "pieces for sale; without it: unlimited"),
	TERM_OPTIONS("active|paused", "active or paused"),
	END,
};

const struct arg_spec edit_options[] = {
	EDIT_OPTIONS,
	ARG_OPTION("name", ARG_TEXT, "NAME", "a new name"),
	ARG_OPTION("price", ARG_COINS, "COINS", "what one costs; 0: free"),
	TERM_OPTIONS("active|paused|ended", "active, paused or ended"),
	END,
};

const struct arg_spec state_options[] = { EDIT_OPTIONS, END };

const struct arg_spec show_options[] = {
	ARG_OPTION("version", ARG_ID, "VERSION", "as it stood at this version"),
	ARG_OPTION("at-revision", ARG_ID, "REVISION", "as it stood at this revision"),
	END,
};

const struct arg_spec list_options[] = {
	ARG_ON_OFF("valid", "only those that are active and within their dates"),
	LIST_OPTIONS,
	END,
};

const struct arg_spec purchase_options[] = {
	ARG_OPTION("version", ARG_ID, "VERSION", "the version the buyer saw"),
	ARG_OPTION("as-of", ARG_ID, "REVISION", "or the revision of the list the buyer saw"),
	ARG_OPTION("max-price", ARG_COINS, "COINS", "the most the buyer will pay"),
	ARG_ON_OFF("as-seen", "at the price seen, even if it is lower now"),
	END,
};

const struct arg_spec purchase_show_options[] = {
	ARG_OPTION("request", ARG_UUID, "UUID", "by the id of its request, of the acting user"),
	END,
};

const struct arg_spec verify_options[] = {
	ARG_ON_OFF("wait", "until it is done, showing how far it is"),
	ARG_OPTION("id", ARG_ID, "ID", "ask about this run instead of starting one"),
	END,
};

const struct arg_spec sample_options[] = {
	ARG_RANGE("scale", ARG_COUNT, "N", 1, SAMPLE_SCALE_MAX, "how many units, 1 to 1000 (1)"),
	ARG_RANGE("connections", ARG_COUNT, "N", 1, STREAM_CONNECTIONS_MAX,
		"to send over, 1 to 16 (4)"),
	ARG_ON_OFF("no-verify", "do not check the books at the end"),
	END,
};

const struct arg_spec page_options[] = { LIST_OPTIONS, END };

const struct arg_spec business_list_options[] = {
	ARG_ON_OFF("valid", "only those with a coupon that is active and within its dates"),
	LIST_OPTIONS,
	END,
};

const struct arg_spec business_edit_options[] = {
	REQUIRED("base", ARG_ID, "VERSION", "the version you read before you decided"),
	ARG_OPTION("name", ARG_TEXT, "NAME", "a new name"),
	ARG_OPTION("address", ARG_ANY_TEXT, "TEXT",
		"where it is; the server's goes before \"business\""),
	ARG_OPTION("commission", ARG_PERCENT, "PERCENT", "of each price; for the operator only"),
	ARG_ON_OFF("merge", "apply it on top of newer versions that touched other fields"),
	END,
};

const struct arg_spec restore_options[] = {
	REQUIRED("version", ARG_ID, "VERSION", "whose terms come back"),
	EDIT_OPTIONS,
	END,
};

const struct arg_spec stock_options[] = {
	ARG_RANGE("add", ARG_COINS, "N", 1, PP_COINS_MAX, "so many pieces more"),
	ARG_RANGE("remove", ARG_COINS, "N", 1, PP_COINS_MAX,
		"so many fewer, as far as they are left"),
	END,
};

const struct arg_spec refund_options[] = {
	ARG_OPTION("reason", ARG_TEXT, "TEXT", "why; kept with the purchase"),
	END,
};
