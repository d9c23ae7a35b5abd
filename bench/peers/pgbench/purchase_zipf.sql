-- One purchase by one call, of a coupon that is popular after Zipf; pgbench's exponent is above 1.
\set user random(1, :users)
\set i permute(random_zipfian(1, :coupons, 1.001) - 1, :coupons, 1)
\set coupon (1 + :i % :businesses) * 1000000 + 1 + :i / :businesses
SELECT purchase(:user, :coupon, 1, new_request_id());
