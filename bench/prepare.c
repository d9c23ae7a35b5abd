#include "bench/prepare.h"

#include <stdio.h>
#include <unistd.h>

/* One connection, whose writes are carried out in the order sent: so each gets the id it should. */
enum {
	PREPARE_CONNECTIONS = 1,
	PREPARE_DEPTH = 500,
	COINS_EACH = 1000 * 1000 * 1000,
	PRICE = 100, /* so that there is a commission to move */
};

/* One step: n things of one kind. */
struct step {
	const struct dataset *dataset;
	enum shot_kind kind;
	const char *what;
	uint64_t n;
	uint64_t n_sent;
	uint64_t n_done;
	int64_t began_ns;
	int64_t shown_ns;
	bool terminal;
	char refusal[LOAD_WHY_BYTES];
};

static bool next_thing(void *context, struct shot *out)
{
	struct step *step = context;
	uint64_t i = step->n_sent;

	if (i == step->n || step->refusal[0] != '\0')
		return false;
	step->n_sent++;
	*out = (struct shot) { .kind = step->kind, .subject = i + 1 };
	if (step->kind == SHOT_CREDIT) {
		out->coins = COINS_EACH;
	} else if (step->kind == SHOT_CREATE_BUSINESS) {
		out->actor = dataset_owner_of(step->dataset, i + 1);
	} else if (step->kind == SHOT_CREATE_COUPON) {
		out->coupon = i;
		out->coins = PRICE;
		out->subject = dataset_business_of(step->dataset, i);
		out->actor = dataset_owner_of(step->dataset, out->subject);
	}
	return true;
}

static void show(struct step *step, int64_t now_ns)
{
	double seconds = (double)(now_ns - step->began_ns) / 1e9;
	bool last = step->n_done == step->n;

	if (!last && (!step->terminal || now_ns - step->shown_ns < 200 * 1000000))
		return;
	step->shown_ns = now_ns;
	fprintf(stderr, "%sprepare: %-10s %9llu of %llu, %6.0f per second%s",
		step->terminal ? "\r" : "", step->what, (unsigned long long)step->n_done,
		(unsigned long long)step->n, (double)step->n_done / (seconds > 0 ? seconds : 1),
		last ? "\n" : "");
}

static void thing_done(void *context, const struct answer *answer)
{
	struct step *step = context;
	const struct pp_status *status = answer->response->status;

	if (status != NULL && step->refusal[0] == '\0')
		snprintf(step->refusal, sizeof(step->refusal), "%s %llu was refused: %s",
			step->what, (unsigned long long)answer->shot->subject,
			status->message != NULL ? status->message : "no reason given");
	step->n_done++;
	show(step, answer->now_ns);
}

static int run_step(struct step *step, const struct address *address, char *why)
{
	struct load_options options = {
		.address = address,
		.n_connections = PREPARE_CONNECTIONS,
		.depth = PREPARE_DEPTH,
		.source = { .next = next_thing, .done = thing_done, .context = step },
	};
	struct load *load;

	step->began_ns = monotonic_ns();
	step->terminal = isatty(STDERR_FILENO) != 0;
	int err = load_open(&options, &load, why);
	if (err != 0)
		return err;
	err = load_run(load, NULL, INT64_MAX, why);
	load_close(load);
	if (err == 0 && step->refusal[0] != '\0') {
		snprintf(why, LOAD_WHY_BYTES, "%s", step->refusal);
		err = PP_ERR_INVALID;
	}
	return err;
}

int prepare_dataset(const struct dataset *dataset, const struct address *address, char *why)
{
	struct step steps[] = {
		{ .kind = SHOT_CREATE_USER, .what = "users", .n = dataset->n_users },
		{ .kind = SHOT_CREDIT, .what = "credits", .n = dataset->n_users },
		{ .kind = SHOT_CREATE_BUSINESS, .what = "businesses", .n = dataset->n_businesses },
		{ .kind = SHOT_CREATE_COUPON, .what = "coupons", .n = dataset->n_coupons },
	};
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(steps) && err == 0; i++) {
		steps[i].dataset = dataset;
		err = run_step(&steps[i], address, why);
	}
	return err;
}
