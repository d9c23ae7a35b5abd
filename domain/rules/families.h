/* The families of rules: one function for each request. See run.h for how they run. */
#ifndef DOMAIN_RULES_FAMILIES_H
#define DOMAIN_RULES_FAMILIES_H

#include "domain/rules/run.h"

/* user.c */
void rule_create_user(struct run *run);
void rule_credit_coins(struct run *run);
void rule_get_balance(struct run *run);
void rule_server_info(struct run *run);
/* business.c */
void rule_create_business(struct run *run);
void rule_add_owner(struct run *run);
/* coupon.c, edit.c */
void rule_create_coupon(struct run *run);
void rule_edit_coupon(struct run *run);
/* coupon_read.c, list.c */
void rule_get_coupon(struct run *run);
void rule_list_coupons(struct run *run);
/* purchase.c, purchase_read.c */
void rule_purchase_coupon(struct run *run);
void rule_check_purchase(struct run *run);
void rule_get_purchase(struct run *run);
/* abandon.c */
void rule_abandon_request(struct run *run);

#endif
