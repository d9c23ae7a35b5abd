-- One purchase by one call.
\set user random(1, :users)
\set i random(0, :coupons - 1)
\set coupon (1 + :i % :businesses) * 1000000 + 1 + :i / :businesses
SELECT purchase(:user, :coupon, 1, new_request_id());
