\set i random(0, :coupons - 1)
\set coupon (1 + :i % :businesses) * 1000000 + 1 + :i / :businesses
SELECT business_id, version, name, description, price, state, starts_at, ends_at, stock, sold,
	per_user_limit FROM coupon WHERE coupon_id = :coupon;
