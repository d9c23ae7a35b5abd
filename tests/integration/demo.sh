#!/bin/sh
# Plays the three cases against a server with an empty store, and checks every answer. ./dev demo
# runs it. Needs peakpeeps and jq in PATH, PEAKPEEPS_ADDRESS, and DEMO_HOME for its scratch files.
set -u

export PEAKPEEPS_OUTPUT=table
answer=$DEMO_HOME/answer.json
wrong=0      # checks that failed, in all
case_wrong=0 # and in this case
case_checks=0

if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') faint=$(printf '\033[2m') green=$(printf '\033[32m')
	red=$(printf '\033[31m') plain=$(printf '\033[0m')
else
	bold='' faint='' green='' red='' plain=''
fi

# ---- Telling ----

tell() {
	printf '\n%s\n' "$*"
}

begin_case() {
	case_title=$*
	case_wrong=0
	case_checks=0
	printf '\n%s== %s ==%s\n' "$bold" "$case_title" "$plain"
}

end_case() {
	if [ $case_wrong -eq 0 ]; then
		printf '\n%s%s: RIGHT%s (%d checks) %s\n' "$green" "$case_title" "$plain" \
			$case_checks "$*"
	else
		printf '\n%s%s: WRONG%s, %d of %d checks\n' "$red" "$case_title" "$plain" \
			$case_wrong $case_checks
	fi
	verdicts="$verdicts$case_title: $([ $case_wrong -eq 0 ] && echo right || echo WRONG)
"
}
verdicts=''

# A command as it would be typed.
show_command() {
	printf '%s$ peakpeeps' "$bold"
	for word in "$@"; do
		case $word in
		*[!A-Za-z0-9_.:/%+-]* | '') printf ' "%s"' "$word" ;;
		*) printf ' %s' "$word" ;;
		esac
	done
	printf '%s\n' "$plain"
}

# ---- Doing and checking ----

# check WHAT ACTUAL EXPECTED
check() {
	case_checks=$((case_checks + 1))
	if [ "$2" = "$3" ]; then
		printf '%s  ok: %s%s\n' "$faint" "$1" "$plain"
	else
		printf '%s  WRONG: %s: expected "%s", got "%s"%s\n' "$red" "$1" "$3" "$2" "$plain"
		case_wrong=$((case_wrong + 1))
		wrong=$((wrong + 1))
	fi
}

# run EXIT-CODE ARGUMENT..: shows the command and its answer, which is left in $answer too.
run() {
	expected=$1
	shift
	echo
	show_command "$@"
	rm -f "$answer"
	PEAKPEEPS_SAVE=$answer peakpeeps "$@" 2>&1
	check "exit code $expected" $? "$expected"
}

# field PATH: of the last answer, as jq finds it.
field() {
	jq -r "$1" "$answer" 2>/dev/null
}

# Price, version and whether it was honoured, of the last purchase.
receipt() {
	field '.purchase_coupon.purchase | "\(.price_coins) \(.version) \(.honoured)"'
}

# coins USER: quietly.
coins() {
	peakpeeps user balance "$1" --get balance_coins
}

# start N ARGUMENT..: shows a command and starts it in the background.
start() {
	n=$1
	shift
	show_command "$@"
	rm -f "$answer.$n"
	PEAKPEEPS_SAVE=$answer.$n peakpeeps "$@" >"$DEMO_HOME/output.$n" 2>&1 &
	eval "pid_$n=\$!"
}

# finish N: waits for it and shows its answer. Its exit code is in $code.
finish() {
	eval "wait \"\$pid_$1\""
	code=$?
	printf '%s... %s answered:%s\n' "$faint" "$2" "$plain"
	cat "$DEMO_HOME/output.$1"
}

# ---- The cases ----

case_1() {
	begin_case "Case 1, lost update"
	tell "Alex and Robin own the same smash-burger truck. Both read half off a burger and shake,
and both change its price. The later write must not silently undo the earlier one."

	run 0 user create Alex
	alex=$(field .create_user.user_id)
	run 0 user create Robin
	robin=$(field .create_user.user_id)
	run 0 business create "Smash Burger Truck" --address "Pier 4" --owner "$alex" \
		--owner "$robin" --commission 2.5%
	truck=$(field .create_business.business_id)
	run 0 coupon create "$truck" "Half off a burger and shake" --price 50 --as "$alex"
	half=$(field .create_coupon.coupon_id)

	tell "Both look at it, and both see version 1 at 50 coins."
	run 0 coupon show "$half"
	check "the version they read" "$(field .get_coupon.coupon.version)" 1

	tell "Alex sends 30. It was based on version 1, which is current: version 2 is made."
	run 0 coupon edit "$half" --base 1 --price 30 --as "$alex"
	check "Alex made version 2" "$(field .edit_coupon.version)" 2

	tell "Robin sends 40, from a form that was filled before Alex's change. Nothing is written,
and Robin sees what happened."
	run 1 coupon edit "$half" --base 1 --price 40 --as "$robin"
	check "the reason" "$(field .status.reason)" COUPON_VERSION_CONFLICT
	check "base, theirs and yours" \
		"$(field '.status.version_conflict |
			[.base_terms, .their_terms, .your_terms | .price_coins] | join(" ")')" \
		"50 30 40"
	check "what the message begins with" \
		"$(field '.status.message | capture("^(?<it>.*? at version [0-9]+)").it')" \
		"Could not find a coupon from business Smash Burger Truck for coupon Half off a\
 burger and shake at version 1"
	check "the price is still Alex's" \
		"$(peakpeeps coupon show "$half" --get coupon.terms.price_coins)" 30

	tell "Having read that, Robin still wants 40, and says so on top of version 2."
	run 0 coupon edit "$half" --base 2 --price 40 --as "$robin"
	check "Robin made version 3" "$(field .edit_coupon.version)" 3

	tell "Edits of different fields need not fight: --merge applies one on top of the other."
	run 0 coupon edit "$half" --base 3 --price 35 --as "$alex"
	run 0 coupon edit "$half" --base 3 --description "With fries, until ten" --merge \
		--as "$robin"
	check "it was merged" "$(field .edit_coupon.merged)" true
	run 0 coupon show "$half"
	check "Alex's price and Robin's description are both there" \
		"$(field '.get_coupon.coupon.terms | "\(.price_coins), \(.description)"')" \
		"35, With fries, until ten"

	tell "And both at the very same moment, from version 5: exactly one of them is carried out."
	start 1 coupon edit "$half" --base 5 --price 31 --as "$alex"
	start 2 coupon edit "$half" --base 5 --price 41 --as "$robin"
	finish 1 Alex
	code_1=$code
	finish 2 Robin
	check "one accepted, one refused" $((code_1 + code)) 1
	check "one version was made" \
		"$(peakpeeps coupon show "$half" --get coupon.current_version)" 6
	end_case "no edit was lost, and none was blind."
}

case_2() {
	begin_case "Case 2, read skew"
	tell "Josh looks at the coupons of Fried and Loaded. While he makes up his mind, the owner
changes them. Josh must be able to buy what he saw, for a while, at the price he saw."

	run 0 user create Sam
	sam=$(field .create_user.user_id)
	run 0 user create Josh
	josh=$(field .create_user.user_id)
	run 0 business create "Fried and Loaded" --address "5 Harbour Street" --commission 5% \
		--owner "$sam"
	fried=$(field .create_business.business_id)
	run 0 coupon create "$fried" "Loaded fries" --price 20 --stock 10 --as "$sam"
	fries=$(field .create_coupon.coupon_id)
	run 0 coupon create "$fried" "Pickle shake" --price 10 --as "$sam"
	shake=$(field .create_coupon.coupon_id)
	run 0 coupon create "$fried" "Onion rings" --price 10 --honour 1s --as "$sam"
	rings=$(field .create_coupon.coupon_id)
	run 0 user credit "$josh" --reason route-added --reference route-1
	run 0 user credit "$josh" --amount 90
	check "Josh's coins" "$(field .credit_coins.balance_coins)" 100

	tell "Josh reads the list. All of it stands at one revision."
	run 0 coupon list "$fried" --valid
	seen=$(field .list_coupons.as_of_revision)
	check "three valid coupons" "$(field '.list_coupons.coupons | length')" 3

	tell "The owner raises one price and withdraws another coupon."
	run 0 coupon edit "$fries" --base 1 --price 35 --as "$sam"
	run 0 coupon pause "$shake" --base 1 --as "$sam"

	tell "Josh buys what he saw, by the revision of his list: at 20, although it costs 35 now."
	run 0 coupon buy "$fries" --as-of "$seen" --as "$josh"
	check "price, version, honoured" "$(receipt)" "20 1 true"
	check "Josh paid 20" "$(coins "$josh")" 80
	run 0 coupon buy "$shake" --as-of "$seen" --as "$josh"
	check "the withdrawn coupon, too, at its price" "$(receipt)" "10 1 true"

	tell "Who looks now sees the new price, and is never charged more than he said."
	run 1 coupon buy "$fries" --version 2 --max-price 30 --as "$josh"
	check "the reason" "$(field .status.reason)" PRICE_CHANGED
	check "nothing was charged" "$(coins "$josh")" 70

	tell "The promise has an end. Onion rings are honoured for 1 second after a change."
	run 0 coupon edit "$rings" --base 1 --price 15 --as "$sam"
	sleep 1.2
	run 1 coupon buy "$rings" --version 1 --as "$josh"
	check "the reason" "$(field .status.reason)" COUPON_VERSION_EXPIRED
	check "the version on offer is told" "$(field .status.current_offer.current_version)" 2
	check "nothing was charged" "$(coins "$josh")" 70
	end_case "what was seen was honoured, and never silently charged for."
}

case_3() {
	begin_case "Case 3, non-repeatable read"
	tell "The check of a balance and the deduction must see one price; and two purchases by one
person must not both pass a check that only one of them can pay for."

	run 0 user create Mia
	mia=$(field .create_user.user_id)
	run 0 user credit "$mia" --amount 30
	run 0 coupon create "$fried" "Sundae" --price 30 --as "$sam"
	sundae=$(field .create_coupon.coupon_id)

	tell "Mia has 30 coins, the sundae costs 30. A check says what a purchase would answer."
	run 0 coupon check "$sundae" --version 1 --as "$mia"
	check "it would be accepted" "$(field .check_purchase.ok)" true
	price=$(field .check_purchase.quote.price_coins)

	tell "Between the check and the purchase the price goes up. Mia buys at her quote."
	run 0 coupon edit "$sundae" --base 1 --price 45 --as "$sam"
	run 0 coupon buy "$sundae" --version 1 --max-price "$price" --as "$mia"
	check "the price is that of the check" \
		"$(field .purchase_coupon.purchase.price_coins)" 30
	check "exactly that was deducted" "$(field .purchase_coupon.balance_coins)" 0
	request=$(field .purchase_coupon.purchase.request_id)

	tell "Her phone did not hear the answer and sends the same request again: the same receipt."
	run 0 coupon buy "$sundae" --version 1 --max-price "$price" --as "$mia" \
		--request-id "$request"
	check "it is a replay" "$(field .replayed)" true
	check "nothing was charged again" "$(coins "$mia")" 0

	tell "Theo has coins for one, and buys twice at the same moment."
	run 0 user create Theo
	theo=$(field .create_user.user_id)
	run 0 user credit "$theo" --amount 45
	sold=$(peakpeeps coupon show "$sundae" --get coupon.sold)
	start 1 coupon buy "$sundae" --version 2 --as "$theo"
	start 2 coupon buy "$sundae" --version 2 --as "$theo"
	finish 1 "the first"
	code_1=$code
	finish 2 "the second"
	check "one accepted, one refused" $((code_1 + code)) 1
	check "the reason" \
		"$(jq -r '.status.reason // empty' "$answer.1" "$answer.2")" INSUFFICIENT_COINS
	check "no coins are left, and none are owed" "$(coins "$theo")" 0
	check "one more was sold" \
		"$(peakpeeps coupon show "$sundae" --get coupon.sold)" $((sold + 1))
	end_case "one price, one deduction, no balance below 0."
}

books() {
	begin_case "The books"
	tell "Every record is checked against every other, and all coins together are 0."
	run 0 verify --wait
	check "verify is clean" "$(field .verify.state)" CLEAN
	total=0
	user=1
	while [ $user -le "$theo" ]; do
		balance=$(coins $user)
		total=$((total + ${balance:-0}))
		user=$((user + 1))
	done
	for account in "business balance $truck" "business balance $fried" \
		"server balance issuance" "server balance commission"; do
		# The words of a command.
		# shellcheck disable=SC2086
		balance=$(peakpeeps $account --get balance_coins)
		total=$((total + ${balance:-0}))
	done
	check "all coins together" $total 0
	end_case "they balance."
}

case_1
case_2
case_3
books
printf '\n%s== Verdict ==%s\n%s' "$bold" "$plain" "$verdicts"
[ $wrong -eq 0 ]
