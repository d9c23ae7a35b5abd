/* What the commands do: making each request out of the arguments, and its answer readable. */
#ifndef CLIENT_CLI_COMMANDS_H
#define CLIENT_CLI_COMMANDS_H

#include "client/cli/cli.h"

/*
 * As struct command tells: check_* find what does not fit together, fill_* make the body of a
 * request, show_* print an accepted answer, run_* do the whole.
 */
int fill_user_create(struct cli *cli, struct pp_request *request);
int show_user_create(struct cli *cli, const struct pp_response *response);
int fill_user_show(struct cli *cli, struct pp_request *request);
int show_user(struct cli *cli, const struct pp_response *response);
int check_user_credit(const struct args *args, struct problem *problem);
int fill_user_credit(struct cli *cli, struct pp_request *request);
int show_user_credit(struct cli *cli, const struct pp_response *response);
int fill_user_balance(struct cli *cli, struct pp_request *request);
int fill_business_balance(struct cli *cli, struct pp_request *request);
int fill_server_balance(struct cli *cli, struct pp_request *request);
int show_balance(struct cli *cli, const struct pp_response *response);
int fill_user_statement(struct cli *cli, struct pp_request *request);
int fill_business_statement(struct cli *cli, struct pp_request *request);
int fill_server_statement(struct cli *cli, struct pp_request *request);
int run_statement(struct cli *cli, struct pp_request *request);
int fill_user_purchases(struct cli *cli, struct pp_request *request);
int run_user_purchases(struct cli *cli, struct pp_request *request);

int check_business_create(const struct args *args, struct problem *problem);
int fill_business_create(struct cli *cli, struct pp_request *request);
int show_business_create(struct cli *cli, const struct pp_response *response);
int fill_business_show(struct cli *cli, struct pp_request *request);
int show_business(struct cli *cli, const struct pp_response *response);
int fill_business_list(struct cli *cli, struct pp_request *request);
int run_business_list(struct cli *cli, struct pp_request *request);
int check_business_edit(const struct args *args, struct problem *problem);
int fill_business_edit(struct cli *cli, struct pp_request *request);
int show_business_edit(struct cli *cli, const struct pp_response *response);
int fill_business_add_owner(struct cli *cli, struct pp_request *request);
int show_business_add_owner(struct cli *cli, const struct pp_response *response);
int fill_business_remove_owner(struct cli *cli, struct pp_request *request);
int show_business_remove_owner(struct cli *cli, const struct pp_response *response);

int fill_coupon_create(struct cli *cli, struct pp_request *request);
int show_coupon_create(struct cli *cli, const struct pp_response *response);
int check_coupon_edit(const struct args *args, struct problem *problem);
int fill_coupon_edit(struct cli *cli, struct pp_request *request);
int fill_coupon_pause(struct cli *cli, struct pp_request *request);
int fill_coupon_resume(struct cli *cli, struct pp_request *request);
int fill_coupon_end(struct cli *cli, struct pp_request *request);
int fill_coupon_restore(struct cli *cli, struct pp_request *request);
int show_coupon_edit(struct cli *cli, const struct pp_response *response);
int check_coupon_stock(const struct args *args, struct problem *problem);
int fill_coupon_stock(struct cli *cli, struct pp_request *request);
int show_coupon_stock(struct cli *cli, const struct pp_response *response);
int check_coupon_show(const struct args *args, struct problem *problem);
int fill_coupon_show(struct cli *cli, struct pp_request *request);
int show_coupon(struct cli *cli, const struct pp_response *response);
int fill_coupon_list(struct cli *cli, struct pp_request *request);
int run_coupon_list(struct cli *cli, struct pp_request *request);
int fill_coupon_versions(struct cli *cli, struct pp_request *request);
int run_coupon_versions(struct cli *cli, struct pp_request *request);

int check_purchase_arguments(const struct args *args, struct problem *problem);
int fill_coupon_check(struct cli *cli, struct pp_request *request);
int show_coupon_check(struct cli *cli, const struct pp_response *response);
int fill_coupon_buy(struct cli *cli, struct pp_request *request);
int show_coupon_buy(struct cli *cli, const struct pp_response *response);
int check_purchase_show(const struct args *args, struct problem *problem);
int fill_purchase_show(struct cli *cli, struct pp_request *request);
int show_purchase(struct cli *cli, const struct pp_response *response);
int fill_purchase_redeem(struct cli *cli, struct pp_request *request);
int show_purchase_redeem(struct cli *cli, const struct pp_response *response);
int fill_purchase_refund(struct cli *cli, struct pp_request *request);
int show_purchase_refund(struct cli *cli, const struct pp_response *response);

int fill_request_abandon(struct cli *cli, struct pp_request *request);
int show_request_abandon(struct cli *cli, const struct pp_response *response);
int show_server_info(struct cli *cli, const struct pp_response *response);
int show_server_stats(struct cli *cli, const struct pp_response *response);
int run_verify(struct cli *cli, struct pp_request *request);
int check_sample(const struct args *args, struct problem *problem);
int run_sample(struct cli *cli, struct pp_request *request);

/* Asks about a run of Verify, with `wait` until it is over, showing how far it is. An exit code. */
int verify_poll(struct cli *cli, struct pp_request *request, bool wait,
	const struct pp_response **response) MUST_CHECK;
int show_verify(const struct cli *cli, const struct pp_verify_response *verify);
/* The exit code that goes with its state. */
int verify_exit(const struct pp_verify_response *verify);

/* A row of a record; none for 0, the id of what was not made. */
void table_id_field(struct table *table, const char *name, uint64_t id);
/* As in "user 7" or "operator". */
enum { ACTOR_TEXT_BYTES = 32 };
void format_actor(uint64_t user_id, char out[ACTOR_TEXT_BYTES]);
void table_actor_field(struct table *table, const char *name, uint64_t user_id);
/* "2026-12-01T08:30:00.000Z", or `absent` when it is not set. A row of a record. */
void table_time_field(
	struct table *table, const char *name, bool present, int64_t ms, const char *absent);

#endif
