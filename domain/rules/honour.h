/* The honour window: whether a version that was seen may still price a purchase. */
#ifndef DOMAIN_RULES_HONOUR_H
#define DOMAIN_RULES_HONOUR_H

#include "base/base.h"

struct honour_case {
	uint64_t version; /* the one that was seen */
	uint64_t current_version;
	uint64_t honour_floor;    /* versions below it are never honoured */
	bool equals_current;      /* its terms are those of the current version */
	int64_t superseded_at_ms; /* when the version after it was made; not of the current one */
	int64_t honour_ms;        /* of the version seen */
	int64_t now_ms;
};

enum honour {
	HONOUR_NONE,    /* beyond its window, or below the floor */
	HONOUR_CURRENT, /* it is current, or counts as such */
	HONOUR_WINDOW,  /* superseded, within its window */
};

/* *until_ms is set with HONOUR_WINDOW: the first moment at which it is honoured no more. */
enum honour honour_of(const struct honour_case *seen, int64_t *until_ms) MUST_CHECK;

#endif
