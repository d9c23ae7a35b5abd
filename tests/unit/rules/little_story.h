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
 * Then what becomes of purchases. Users 5 Sam, 6 Lee; business 3 of Alex, Robin and Lee, its
 * commission 10 %. R: the coupon gives the pieces of refunds back, K: it keeps them.
 *
 *   26, 27             Sam gets 1000 coins, Lee gets 500
 *   28 to 31           coupons 3000001 (100 coins, R), 3000002 (free, R), 3000003 (50, K), 3000004
 *                      (7, R, to be redeemed within 5 ms)
 *   32 to 38           purchases 7 to 13: Sam's 3000001 twice, 3000003 twice; Lee's 3000002 twice;
 *                      Sam's 3000004
 *   39 to 41           7 is redeemed and refunded, 8 refunded
 *   42, 43             9 is redeemed, 10 refunded
 *   44, 45             11 is redeemed, 12 refunded
 *   46                 13 expired and is refunded
 *   47 to 49           business 3 is renamed, moves (merged), its commission is 100 %: its
 *                      versions 2, 3, 4
 *   50, 51             Sam buys 3000003: purchase 14, refunded
 *   52                 the commission of business 3 is 0: its version 5
 *   53 to 55           Lee, then Sam buy 3000003: purchases 15, 16; 15 is refunded
 *   56                 Lee owns business 3 no more
 *   57, 58             3000001 costs 90: its version 2; then as at first: its version 3
 *   59, 60             3000001 gets 5 pieces more, then 2 fewer
 *
 * Then Josh is refused a purchase of 1000001, whose 4 pieces are sold; and an id is abandoned.
 */
enum { STORY_REVISION = 60 };

/* Lets all this happen in an empty store. */
void little_story_tell(struct little_store *store);

#endif
