-- One purchase by one call, of the coupon that everybody wants.
\set user random(1, :users)
SELECT purchase(:user, 1000001, 1, new_request_id());
