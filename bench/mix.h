/* What a load asks for: kinds of requests by weight, or a scenario with a course of its own. */
#ifndef BENCH_MIX_H
#define BENCH_MIX_H

#include "base/base.h"
#include "bench/shot.h"

enum scenario {
	SCENARIO_MIX,        /* requests are drawn by weight */
	SCENARIO_FLASH_SALE, /* everybody buys the same fresh coupon, once */
	SCENARIO_EDIT_WAR,   /* owners read and edit the same few coupons */
};

enum { MIX_NAME_BYTES = 64, MIX_WHY_BYTES = 160, MIX_WEIGHT_MAX = 1000000 };

struct mix {
	enum scenario scenario;
	uint32_t weights[SHOT_LOAD_KINDS]; /* of a scenario: 1 for each kind that occurs */
	char name[MIX_NAME_BYTES];         /* as it was given, cut */
};

/*
 * A name (purchase, read, retail, edit, flash-sale, edit-war), weights as in "purchase=1,read=8",
 * or "@FILE". PP_ERR_INVALID: `why`, of MIX_WHY_BYTES, says what is wrong, and where.
 */
int mix_parse(const char *text, struct mix *out, char *why) MUST_CHECK;
/* A file with a kind = weight on each line; # begins a comment. As above, also PP_ERR_IO. */
int mix_parse_file(const char *path, struct mix *out, char *why) MUST_CHECK;

#endif
