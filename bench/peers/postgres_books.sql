-- All coins there are, then five counts that must be one number.
SELECT (SELECT sum(balance) FROM users) + (SELECT sum(balance) FROM business)
		+ (SELECT coalesce(sum(amount), 0) FROM ledger WHERE credit_kind = 'c'),
	(SELECT count(*) FROM purchase),
	(SELECT sum(sold) FROM coupon),
	(SELECT sum(n) FROM bought),
	(SELECT count(*) FROM ledger WHERE debit_kind = 'u'),
	(SELECT count(*) FROM request WHERE outcome LIKE 'OK %');
