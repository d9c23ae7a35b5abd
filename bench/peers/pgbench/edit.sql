-- The version that the author read is looked up in the same statement, which spares a round trip.
\set i random(0, :coupons - 1)
\set business 1 + :i % :businesses
\set coupon :business * 1000000 + 1 + :i / :businesses
\set owner 1 + (:business - 1) % :users
\set price 5 + random(0, 15)
SELECT edit_coupon(:owner, :coupon, (SELECT version FROM coupon WHERE coupon_id = :coupon), :price,
	new_request_id());
