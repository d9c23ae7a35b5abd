-- One purchase, whole: all its rules, coins, ledger, receipt, stock and request id in one step.
-- KEYS: request, user, coupon, business, the user's count of each coupon. ARGV: user, coupon, version seen.
-- Answers "OK purchase price version balance honoured" or "NO reason", and the same again to a replay.
local asked = ARGV[1] .. ' ' .. ARGV[2] .. ' ' .. ARGV[3] .. '|'
local told = redis.call('GET', KEYS[1])
if told then
	if string.sub(told, 1, #asked) ~= asked then
		return 'NO REQUEST_ID_REUSED'
	end
	return string.sub(told, #asked + 1)
end

local function answer(text)
	-- A refusal spends the id too; 7 days, as ours.
	redis.call('SET', KEYS[1], asked .. text, 'EX', 604800)
	return text
end

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local user = redis.call('HMGET', KEYS[2], 'balance', 'n_purchases', 'last_purchase')
if not user[1] then
	return answer('NO USER_NOT_FOUND')
end
local coupon = redis.call('HMGET', KEYS[3], 'version', 'honour_floor', 'price', 'state', 'starts_at',
	'ends_at', 'per_user_limit', 'stock', 'sold', 'redeem_within')
if not coupon[1] then
	return answer('NO COUPON_NOT_FOUND')
end
local business = redis.call('HMGET', KEYS[4], 'balance', 'commission_bp')
local current = tonumber(coupon[1])
local seen = tonumber(ARGV[3])
local price, state, starts_at, ends_at = tonumber(coupon[3]), coupon[4], tonumber(coupon[5]), tonumber(coupon[6])
local redeem_within = tonumber(coupon[10])
local honoured = 0
if seen > current then
	return answer('NO NO_SUCH_VERSION')
elseif seen < current then
	local old = redis.call('HMGET', 'v:' .. ARGV[2] .. ':' .. ARGV[3], 'price', 'state', 'starts_at', 'ends_at',
		'superseded_at', 'honour_ms', 'redeem_within')
	if seen < tonumber(coupon[2]) or now >= old[5] + old[6] then
		return answer('NO COUPON_VERSION_EXPIRED')
	end
	-- The best for the buyer.
	if price >= tonumber(old[1]) then
		price, state, starts_at, ends_at = tonumber(old[1]), old[2], tonumber(old[3]), tonumber(old[4])
		redeem_within = tonumber(old[7])
		honoured = 1
	end
end
if state ~= 'ACTIVE' then
	return answer('NO COUPON_NOT_ACTIVE')
end
if now < starts_at or (ends_at > 0 and now >= ends_at) then
	return answer('NO COUPON_NOT_VALID_NOW')
end
local stock, sold = tonumber(coupon[8]), tonumber(coupon[9])
if stock >= 0 and sold >= stock then
	return answer('NO OUT_OF_STOCK')
end
local limit = tonumber(coupon[7])
local bought = tonumber(redis.call('HGET', KEYS[5], ARGV[2]) or 0)
if limit > 0 and bought >= limit then
	return answer('NO PER_USER_LIMIT')
end
local balance = tonumber(user[1])
if balance < price then
	return answer('NO INSUFFICIENT_COINS')
end

local commission = math.floor(price * business[2] / 10000)
local id = redis.call('HINCRBY', 'g', 'n_purchases', 1)
local version = honoured == 1 and seen or current
balance = balance - price
redis.call('HSET', KEYS[2], 'balance', balance, 'n_purchases', user[2] + 1, 'last_purchase', id)
redis.call('HSET', KEYS[4], 'balance', business[1] + price - commission)
if commission > 0 then
	redis.call('HINCRBY', 'g', 'commission', commission)
end
-- Both entries of the ledger in one record.
redis.call('XADD', 'ledger', '*', 'at', now, 'purchase', id, 'debit', KEYS[2], 'credit', KEYS[4],
	'spend', price, 'commission', commission)
redis.call('HSET', 'p:' .. id, 'user', ARGV[1], 'coupon', ARGV[2], 'version', version, 'price', price,
	'commission', commission, 'at', now, 'redeem_until', redeem_within > 0 and now + redeem_within or 0,
	'state', 'ISSUED', 'code', redis.sha1hex(KEYS[1] .. clock[2]), 'previous', user[3])
redis.call('HSET', KEYS[3], 'sold', sold + 1)
redis.call('HSET', KEYS[5], ARGV[2], bought + 1)
return answer(string.format('OK %d %d %d %d %d', id, price, version, balance, honoured))
