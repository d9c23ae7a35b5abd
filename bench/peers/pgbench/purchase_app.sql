-- The same purchase as an app sends it, statement by statement; pgbench repeats it from the start when
-- two of them collide.
\set user random(1, :users)
\set i random(0, :coupons - 1)
\set business 1 + :i % :businesses
\set coupon :business * 1000000 + 1 + :i / :businesses
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT r.id, (SELECT outcome FROM request q WHERE q.request_id = r.id) AS told
	FROM (SELECT new_request_id() AS id) r \gset
SELECT c.price, c.price * b.commission_bp / 10000 AS fee, (c.version = 1 AND c.state = 'ACTIVE'
		AND clock_timestamp() >= c.starts_at AND clock_timestamp() < c.ends_at
		AND (c.stock IS NULL OR c.sold < c.stock))::int AS valid, c.per_user_limit AS most
	FROM coupon c JOIN business b USING (business_id) WHERE coupon_id = :coupon \gset
SELECT balance, last_purchase FROM users WHERE user_id = :user \gset
SELECT coalesce(max(n), 0) AS n_bought FROM bought WHERE user_id = :user AND coupon_id = :coupon \gset
\if :valid = 1 and :balance >= :price and (:most = 0 or :n_bought < :most)
INSERT INTO purchase (request_id, user_id, coupon_id, version, price, commission, honoured, at, code,
		previous_purchase)
	VALUES (:id::uuid, :user, :coupon, 1, :price, :fee, false, clock_timestamp(), gen_random_uuid(),
		:last_purchase) RETURNING purchase_id AS purchase \gset
UPDATE users SET balance = balance - :price, n_purchases = n_purchases + 1, last_purchase = :purchase
	WHERE user_id = :user;
INSERT INTO ledger (debit_kind, debit_id, credit_kind, credit_id, amount, purchase_id, at)
	SELECT * FROM (VALUES
		('u'::"char", :user::bigint, 'b'::"char", :business::bigint, :price::bigint,
			:purchase::bigint, clock_timestamp()),
		('b', :business, 'c', 0, :fee, :purchase, clock_timestamp())) AS entry WHERE column5 > 0;
UPDATE coupon SET sold = sold + 1 WHERE coupon_id = :coupon;
INSERT INTO bought VALUES (:user, :coupon, 1)
	ON CONFLICT (user_id, coupon_id) DO UPDATE SET n = bought.n + 1;
UPDATE business SET balance = balance + :price - :fee WHERE business_id = :business;
INSERT INTO request VALUES (:id::uuid, :user, '', 'OK ' || :purchase::text, clock_timestamp());
\endif
COMMIT;
