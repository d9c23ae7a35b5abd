-- The same service on PostgreSQL: tables, the data set, and a function for each request.
-- psql variables: users, businesses, coupons, coins (each user's), price, commission_bp.
--
-- In its favour: rows that are updated have room beside them and no other index on what changes, so
-- that updates stay in their page (HOT); what others would index, the user's purchases, is a chain;
-- the commission account is the sum of its ledger entries, for one row of it would queue everybody.

CREATE TABLE users (
	user_id bigint PRIMARY KEY,
	name text NOT NULL,
	balance bigint NOT NULL CHECK (balance >= 0),
	n_purchases bigint NOT NULL DEFAULT 0,
	last_purchase bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

CREATE TABLE business (
	business_id bigint PRIMARY KEY,
	name text NOT NULL,
	address text NOT NULL,
	owner_id bigint NOT NULL,
	commission_bp int NOT NULL,
	balance bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- A coupon with its current terms.
CREATE TABLE coupon (
	coupon_id bigint PRIMARY KEY,
	business_id bigint NOT NULL,
	version int NOT NULL DEFAULT 1,
	honour_floor int NOT NULL DEFAULT 1,
	name text NOT NULL,
	description text NOT NULL,
	price bigint NOT NULL,
	state text NOT NULL DEFAULT 'ACTIVE',
	starts_at timestamptz NOT NULL DEFAULT '-infinity',
	ends_at timestamptz NOT NULL DEFAULT 'infinity',
	redeem_within interval,
	honour interval NOT NULL DEFAULT '10 minutes',
	per_user_limit int NOT NULL DEFAULT 0,
	stock bigint,
	sold bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);
CREATE INDEX coupon_of_business ON coupon (business_id);

-- Every version there was. One is superseded when the next is valid.
CREATE TABLE coupon_version (
	coupon_id bigint,
	version int,
	valid_from timestamptz NOT NULL,
	edited_by bigint NOT NULL,
	name text NOT NULL,
	description text NOT NULL,
	price bigint NOT NULL,
	state text NOT NULL,
	starts_at timestamptz NOT NULL,
	ends_at timestamptz NOT NULL,
	redeem_within interval,
	honour interval NOT NULL,
	per_user_limit int NOT NULL,
	PRIMARY KEY (coupon_id, version)
);

CREATE TABLE purchase (
	purchase_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	request_id uuid NOT NULL,
	user_id bigint NOT NULL,
	coupon_id bigint NOT NULL,
	version int NOT NULL,
	price bigint NOT NULL,
	commission bigint NOT NULL,
	honoured boolean NOT NULL,
	at timestamptz NOT NULL,
	redeem_until timestamptz,
	state text NOT NULL DEFAULT 'ISSUED',
	code uuid NOT NULL,
	previous_purchase bigint NOT NULL
);

-- Debit and credit: 'u' a user, 'b' a business, 'c' commission, 'i' issuance.
CREATE TABLE ledger (
	entry_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
	debit_kind "char" NOT NULL,
	debit_id bigint NOT NULL,
	credit_kind "char" NOT NULL,
	credit_id bigint NOT NULL,
	amount bigint NOT NULL CHECK (amount > 0),
	purchase_id bigint NOT NULL,
	at timestamptz NOT NULL
);

CREATE TABLE request (
	request_id uuid PRIMARY KEY,
	user_id bigint NOT NULL,
	content text NOT NULL,
	outcome text NOT NULL,
	at timestamptz NOT NULL
);

CREATE TABLE bought (
	user_id bigint,
	coupon_id bigint,
	n int NOT NULL,
	PRIMARY KEY (user_id, coupon_id)
) WITH (fillfactor = 80);

-- What a client makes before its first try: by time first, so that the index is appended to.
CREATE FUNCTION new_request_id() RETURNS uuid LANGUAGE sql AS $$
	SELECT overlay(gen_random_uuid()::text PLACING
		regexp_replace(lpad(to_hex((extract(epoch FROM clock_timestamp()) * 1000)::bigint), 12, '0'),
			'^(.{8})', '\1-') FROM 1 FOR 13)::uuid
$$;

-- One purchase, whole, at READ COMMITTED with the rows it decides on locked: user, then coupon.
CREATE FUNCTION purchase(buyer bigint, wanted bigint, seen int, id uuid) RETURNS text
LANGUAGE plpgsql AS $$
DECLARE
	asked text := buyer || ' ' || wanted || ' ' || seen;
	told request;
	u users;
	c coupon;
	old coupon_version;
	bp int;
	n_bought int;
	superseded_at timestamptz;
	was_honoured boolean := false;
	fee bigint;
	bought_id bigint;
	answer text;
	now timestamptz := clock_timestamp();
BEGIN
	SELECT * INTO told FROM request WHERE request_id = id;
	IF FOUND THEN
		IF told.content <> asked OR told.user_id <> buyer THEN
			RETURN 'NO REQUEST_ID_REUSED';
		END IF;
		RETURN told.outcome;
	END IF;
	SELECT * INTO u FROM users WHERE user_id = buyer FOR NO KEY UPDATE;
	SELECT * INTO c FROM coupon WHERE coupon_id = wanted FOR NO KEY UPDATE;
	SELECT n INTO n_bought FROM bought WHERE user_id = buyer AND coupon_id = wanted;
	IF c.version > seen THEN
		SELECT * INTO old FROM coupon_version WHERE coupon_id = wanted AND version = seen;
		SELECT valid_from INTO superseded_at FROM coupon_version
			WHERE coupon_id = wanted AND version = seen + 1;
		IF seen < c.honour_floor OR now >= superseded_at + old.honour THEN
			answer := 'NO COUPON_VERSION_EXPIRED';
		ELSIF c.price >= old.price THEN
			was_honoured := true;
			c.version := old.version;
			c.price := old.price;
			c.state := old.state;
			c.starts_at := old.starts_at;
			c.ends_at := old.ends_at;
			c.redeem_within := old.redeem_within;
		END IF;
	END IF;
	IF answer IS NOT NULL THEN NULL;
	ELSIF u.user_id IS NULL THEN answer := 'NO USER_NOT_FOUND';
	ELSIF c.coupon_id IS NULL THEN answer := 'NO COUPON_NOT_FOUND';
	ELSIF seen > c.version AND NOT was_honoured THEN answer := 'NO NO_SUCH_VERSION';
	ELSIF c.state <> 'ACTIVE' THEN answer := 'NO COUPON_NOT_ACTIVE';
	ELSIF now < c.starts_at OR now >= c.ends_at THEN answer := 'NO COUPON_NOT_VALID_NOW';
	ELSIF c.sold >= c.stock THEN answer := 'NO OUT_OF_STOCK';
	ELSIF c.per_user_limit > 0 AND n_bought >= c.per_user_limit THEN answer := 'NO PER_USER_LIMIT';
	ELSIF u.balance < c.price THEN answer := 'NO INSUFFICIENT_COINS';
	END IF;
	IF answer IS NULL THEN
		SELECT commission_bp INTO bp FROM business WHERE business_id = c.business_id;
		fee := c.price * bp / 10000;
		INSERT INTO purchase (request_id, user_id, coupon_id, version, price, commission, honoured,
				at, redeem_until, code, previous_purchase)
			VALUES (id, buyer, wanted, c.version, c.price, fee, was_honoured,
				now, now + c.redeem_within, gen_random_uuid(), u.last_purchase)
			RETURNING purchase_id INTO bought_id;
		INSERT INTO ledger (debit_kind, debit_id, credit_kind, credit_id, amount, purchase_id, at)
			SELECT * FROM (VALUES
				('u'::"char", buyer, 'b'::"char", c.business_id, c.price, bought_id, now),
				('b', c.business_id, 'c', 0, fee, bought_id, now)) AS entry
			WHERE column5 > 0;
		UPDATE users SET balance = balance - c.price, n_purchases = n_purchases + 1,
			last_purchase = bought_id WHERE user_id = buyer;
		UPDATE coupon SET sold = sold + 1 WHERE coupon_id = wanted;
		INSERT INTO bought VALUES (buyer, wanted, 1)
			ON CONFLICT (user_id, coupon_id) DO UPDATE SET n = bought.n + 1;
		UPDATE business SET balance = balance + c.price - fee WHERE business_id = c.business_id;
		answer := format('OK %s %s %s %s %s', bought_id, c.price, c.version, u.balance - c.price,
			was_honoured);
	END IF;
	INSERT INTO request VALUES (id, buyer, asked, answer, now);
	RETURN answer;
END $$;

-- Another price, if the version its author read is still the current one.
CREATE FUNCTION edit_coupon(editor bigint, edited bigint, base int, new_price bigint, id uuid)
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	asked text := editor || ' ' || edited || ' ' || base || ' ' || new_price;
	told request;
	c coupon;
	answer text;
	now timestamptz := clock_timestamp();
BEGIN
	SELECT * INTO told FROM request WHERE request_id = id;
	IF FOUND THEN
		IF told.content <> asked OR told.user_id <> editor THEN
			RETURN 'NO REQUEST_ID_REUSED';
		END IF;
		RETURN told.outcome;
	END IF;
	SELECT * INTO c FROM coupon WHERE coupon_id = edited FOR NO KEY UPDATE;
	IF c.coupon_id IS NULL THEN answer := 'NO COUPON_NOT_FOUND';
	ELSIF NOT EXISTS (SELECT FROM business WHERE business_id = c.business_id AND owner_id = editor) THEN
		answer := 'NO NOT_OWNER';
	ELSIF base > c.version THEN answer := 'NO NO_SUCH_VERSION';
	ELSIF base < c.version THEN answer := 'NO COUPON_VERSION_CONFLICT ' || c.version;
	ELSIF c.price = new_price THEN answer := format('OK %s unchanged', c.version);
	ELSE
		INSERT INTO coupon_version VALUES (edited, c.version + 1, now, editor, c.name, c.description,
			new_price, c.state, c.starts_at, c.ends_at, c.redeem_within, c.honour, c.per_user_limit);
		UPDATE coupon SET version = c.version + 1, price = new_price WHERE coupon_id = edited;
		answer := format('OK %s', c.version + 1);
	END IF;
	INSERT INTO request VALUES (id, editor, asked, answer, now);
	RETURN answer;
END $$;

INSERT INTO users (user_id, name, balance)
	SELECT i, 'Bench user ' || lpad(i::text, 8, '0'), :coins FROM generate_series(1, :users) i;
INSERT INTO business (business_id, name, address, owner_id, commission_bp)
	SELECT i, 'Bench truck ' || lpad(i::text, 8, '0'), '1 Summit Road, Boulder, Colorado',
		1 + (i - 1) % :users, :commission_bp FROM generate_series(1, :businesses) i;
INSERT INTO coupon (coupon_id, business_id, name, description, price)
	SELECT (1 + i % :businesses)::bigint * 1000000 + 1 + i / :businesses, 1 + i % :businesses,
		'Bench deal ' || lpad(i::text, 8, '0'), 'Half off a smash burger and a shake', :price
	FROM generate_series(0, :coupons - 1) i;
INSERT INTO coupon_version
	SELECT coupon_id, version, now(), 0, name, description, price, state, starts_at, ends_at,
		redeem_within, honour, per_user_limit FROM coupon;
INSERT INTO ledger (debit_kind, debit_id, credit_kind, credit_id, amount, purchase_id, at)
	SELECT 'i', 0, 'u', user_id, balance, 0, now() FROM users;
VACUUM ANALYZE;
CHECKPOINT;
