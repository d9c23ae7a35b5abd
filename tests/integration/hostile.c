#include "tests/integration/hostile.h"

#include "tests/integration/require.h"

void scene_open(struct scene *scene)
{
	process_new(&scene->process, NULL);
	scene->good = client_at(&scene->process, 0);
	scene->user = make_user(scene->good, "Josh", 0);
	scene->balance = 0;
	scene->wire = calloc(1, sizeof(*scene->wire));
	scene->bytes = calloc(1, sizeof(*scene->bytes));
	scene->scratch = calloc(1, sizeof(*scene->scratch));
	REQUIRE(scene->wire != NULL && scene->bytes != NULL && scene->scratch != NULL, "memory");
	scene->descriptors = process_descriptors(&scene->process);
}

void serves_on(struct scene *scene, const char *after)
{
	struct pp_request request = ask_credit(scene->user, 1);
	const struct pp_response *response = call(scene->good, &request);

	scene->balance++;
	REQUIRE(response->status == NULL &&
			response->u.credit_coins.balance_coins == scene->balance,
		"after %s the balance is %lld, not %lld", after,
		(long long)response->u.credit_coins.balance_coins, (long long)scene->balance);
}

void scene_close(struct scene *scene)
{
	int64_t until = test_now_ms() + 10000;

	while (process_descriptors(&scene->process) > scene->descriptors)
		REQUIRE(test_now_ms() < until, "%d descriptors instead of %d",
			process_descriptors(&scene->process), scene->descriptors);
	verify_clean(scene->good);
	pp_client_close(scene->good);
	process_free(&scene->process);
	free(scene->wire);
	free(scene->bytes);
	free(scene->scratch);
}

struct pp_request credit_with_id(const struct scene *scene, uint64_t seq)
{
	struct pp_request request = ask_credit(scene->user, 1);

	request.seq = seq;
	request.has_request_id = true;
	pp_client_new_request_id(scene->good, &request.request_id);
	return request;
}
