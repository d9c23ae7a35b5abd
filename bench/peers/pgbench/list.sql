\set business random(1, :businesses)
SELECT coupon_id, version, name, description, price, state, starts_at, ends_at, stock, sold,
	per_user_limit FROM coupon
	WHERE business_id = :business AND state = 'ACTIVE' AND now() >= starts_at AND now() < ends_at
	ORDER BY coupon_id LIMIT 256;
