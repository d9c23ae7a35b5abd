\set user random(1, :users)
SELECT balance, name FROM users WHERE user_id = :user;
