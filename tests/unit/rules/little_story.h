/* A sound little store with something of everything, for tests that damage it. */
#ifndef TESTS_UNIT_RULES_LITTLE_STORY_H
#define TESTS_UNIT_RULES_LITTLE_STORY_H

#include "tests/unit/rules/little_store.h"

/*
 * Users 1 Alex, 2 Robin, 3 Josh, 4 Kim; business 1 of Alex and Robin, 2 of Robin.
 *
 *   revision  7 to 9   Josh gets 200 and 10 coins, Kim gets 500
 *   10 to 13           coupons 1000001 (80 coins), 1000002 (free), 1000003 (5), 2000001 (40)
 *   14, 15             Josh, then Kim buy 1000001: purchases 1, 2
 *   16                 1000001 costs 100 from now on: its version 2
 *   17                 Josh buys 1000001 at version 1, which is honoured: purchase 3
 *   18 to 20           Kim buys 1000002, 2000001, and 1000001 at version 2: purchases 4, 5, 6
 *   21                 2000001 is renamed, HARD: its version 2
 *   22                 1000003 ends: its version 2
 *
 * Then Josh is refused a purchase of 1000001, whose 4 pieces are sold; and an id is abandoned.
 */
enum { STORY_REVISION = 22 };

/* Lets all this happen in an empty store. */
void little_story_tell(struct little_store *store);

#endif
