#include "domain/rules/version.h"

#include "domain/rules/honour.h"
#include "domain/rules/terms.h"

void version_search_init(
	struct version_search *search, const struct coupon_record *coupon, uint64_t revision)
{
	*search = (struct version_search) {
		.coupon_id = coupon->coupon_id,
		.revision = revision,
		.current = coupon->version,
		.high = coupon->version + 1,
	};
}

/* The current one first, as it is the most likely; then whether there was any; then halves. */
static uint32_t next_probe(const struct version_search *search)
{
	if (search->high > search->current)
		return search->current;
	if (search->low == 0)
		return 1;
	return search->low + (search->high - search->low) / 2;
}

void version_search_step(struct run *run, struct version_search *search)
{
	struct version_record version;
	struct span bytes;

	if (search->done)
		return;
	uint32_t probe = next_probe(search);
	enum loaded loaded =
		run_load_version_bytes(run, search->coupon_id, probe, &version, &bytes);
	run_expect(run, loaded);
	if (loaded != LOADED_PRESENT)
		return;
	search->n_probes++;
	if (version.valid_from_revision <= search->revision) {
		search->low = probe;
		search->low_bytes = bytes;
	} else {
		search->high = probe;
		search->high_from_ms = version.valid_from_ms;
		search->high_from_revision = version.valid_from_revision;
	}
	search->done = search->high - search->low == 1;
}

bool version_search_found(const struct version_search *search)
{
	ASSERT(search->done);
	return search->low > 0;
}

void version_search_view(const struct version_search *search, struct version_view *out)
{
	bool sound = record_version_decode(search->low_bytes, NULL, &out->version);

	ASSERT(sound && version_search_found(search));
	out->superseded = search->high <= search->current;
	out->superseded_at_ms = search->high_from_ms;
	out->superseded_at_revision = search->high_from_revision;
}

bool version_at_revision(struct run *run, const struct coupon_record *coupon, uint64_t revision,
	struct version_view *out)
{
	struct version_search search;

	version_search_init(&search, coupon, revision);
	while (!search.done && !run->waiting)
		version_search_step(run, &search);
	if (run->waiting || !version_search_found(&search))
		return false;
	version_search_view(&search, out);
	return true;
}

void version_by_number(struct run *run, const struct coupon_record *coupon, uint64_t number,
	struct version_view *out)
{
	struct version_record next;

	ASSERT(number >= 1 && number <= coupon->version);
	*out = (struct version_view) { 0 };
	run_expect(run, run_load_version(run, coupon->coupon_id, number, &out->version));
	if (number == coupon->version)
		return;
	enum loaded loaded = run_load_version(run, coupon->coupon_id, number + 1, &next);
	run_expect(run, loaded);
	if (loaded != LOADED_PRESENT)
		return;
	out->superseded = true;
	out->superseded_at_ms = next.valid_from_ms;
	out->superseded_at_revision = next.valid_from_revision;
}

static void render_window(struct run *run, const struct version_view *view, struct pp_coupon *out)
{
	int64_t until_ms = 0;
	const struct honour_case seen = {
		.version = view->version.version,
		.current_version = out->current_version,
		.honour_floor = out->honour_floor,
		.superseded_at_ms = view->superseded_at_ms,
		.honour_ms = view->version.terms.honour_ms,
		.now_ms = run->now_ms,
	};

	out->has_superseded_at_ms = view->superseded;
	out->superseded_at_ms = view->superseded_at_ms;
	out->superseded_at_revision = view->superseded_at_revision;
	if (honour_of(&seen, &until_ms) != HONOUR_WINDOW)
		return;
	out->has_honoured_until_ms = true;
	out->honoured_until_ms = until_ms;
}

struct pp_coupon *version_render(struct run *run, const char *business_name,
	const struct coupon_record *coupon, const struct version_view *view, int64_t valid_at_ms)
{
	const struct version_record *version = &view->version;
	struct pp_coupon *out = run_alloc(run, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->coupon_id = coupon->coupon_id;
	out->business_id = coupon->business_id;
	out->business_name = business_name;
	out->version = version->version;
	out->current_version = coupon->version;
	out->honour_floor = coupon->honour_floor;
	out->terms = run_terms(run, &version->terms, TERMS_ALL);
	out->valid_from_ms = version->valid_from_ms;
	out->valid_from_revision = version->valid_from_revision;
	render_window(run, view, out);
	out->edited_by = version->edited_by;
	out->changed_fields = version->changed_fields;
	out->supersede = version->supersede;
	out->reason = run_text(run, version->reason);
	out->has_stock_left = coupon->has_stock;
	out->stock_left = coupon->has_stock ? coupon->stock - coupon->sold : 0;
	out->sold = coupon->sold;
	out->valid = terms_valid_at(&version->terms, valid_at_ms);
	out->sold_out = coupon->has_stock && coupon->sold == coupon->stock;
	return out;
}
