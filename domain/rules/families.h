/* The families of rules: one function for each request. See run.h for how they run. */
#ifndef DOMAIN_RULES_FAMILIES_H
#define DOMAIN_RULES_FAMILIES_H

#include "domain/rules/run.h"

/* user.c */
void rule_create_user(struct run *run);
void rule_credit_coins(struct run *run);
/* user_read.c */
void rule_get_user(struct run *run);
void rule_get_balance(struct run *run);
void rule_server_info(struct run *run);
void rule_stats(struct run *run);
/* business.c, business_edit.c, business_read.c */
void rule_create_business(struct run *run);
void rule_add_owner(struct run *run);
void rule_remove_owner(struct run *run);
void rule_edit_business(struct run *run);
void rule_get_business(struct run *run);
void rule_list_businesses(struct run *run);
/* coupon.c, edit.c, stock.c */
void rule_create_coupon(struct run *run);
void rule_edit_coupon(struct run *run);
void rule_adjust_stock(struct run *run);
/* coupon_read.c, list.c, list_versions.c */
void rule_get_coupon(struct run *run);
void rule_list_coupons(struct run *run);
void rule_list_coupon_versions(struct run *run);
/* purchase.c, redeem.c, refund.c */
void rule_purchase_coupon(struct run *run);
void rule_redeem_purchase(struct run *run);
void rule_refund_purchase(struct run *run);
/* purchase_read.c, list_purchases.c, list_entries.c */
void rule_check_purchase(struct run *run);
void rule_get_purchase(struct run *run);
void rule_list_purchases(struct run *run);
void rule_list_ledger_entries(struct run *run);
/* abandon.c */
void rule_abandon_request(struct run *run);

#endif
