/* Everything that there is, asked for one by one. */
#ifndef TESTS_MODEL_READBACK_H
#define TESTS_MODEL_READBACK_H

#include "tests/model/model.h"

/* Calls `read` for users, businesses, coupons at all versions, purchases and statements. */
void readback(struct model *model, void (*read)(void *context, struct pp_request *request),
	void *context);

#endif
