-- The coupons of a business that are active and within their dates. KEYS: its list of coupon ids.
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local found = {}
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, 255)) do
	local coupon = redis.call('HMGET', 'c:' .. id, 'version', 'name', 'description', 'price', 'state',
		'starts_at', 'ends_at', 'stock', 'sold', 'per_user_limit')
	local ends_at = tonumber(coupon[7])
	if coupon[5] == 'ACTIVE' and now >= tonumber(coupon[6]) and (ends_at == 0 or now < ends_at) then
		coupon[#coupon + 1] = id
		found[#found + 1] = coupon
	end
end
return found
