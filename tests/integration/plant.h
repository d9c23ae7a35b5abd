/* Writes records straight into a store that no server has open: states that take days to reach. */
#ifndef TESTS_PLANT_H
#define TESTS_PLANT_H

#include <stdint.h>

/* Each ends the test when it cannot. Revision and ledger stay as they are. */

/* The business says that it has so many coupons. */
void plant_coupons_of_business(const char *store_path, uint64_t business, uint32_t n_coupons);
/* The business has spent all its coins, as it cannot yet: this balance is left to it. */
void plant_balance_of_business(const char *store_path, uint64_t business, uint32_t coins);
/* The coupon's current version gets this number. */
void plant_version_of_coupon(const char *store_path, uint64_t coupon, uint32_t version);

#endif
