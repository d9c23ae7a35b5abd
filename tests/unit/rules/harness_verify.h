/* The audit over a harness: whatever was decided must leave a store that Verify finds clean. */
#ifndef TESTS_UNIT_RULES_HARNESS_VERIFY_H
#define TESTS_UNIT_RULES_HARNESS_VERIFY_H

#include "harness.h"

/* Asserts that Verify has no finding. */
void harness_verify(struct harness *harness);

#endif
