-- Is the credential good, and may its company spend this much now? Decides all, or changes nothing but who was seen.
-- Time is Redis' own, in whole microseconds. The limits are GCRA: `tat` is when the quota would be whole again, and is
-- kept with the microseconds that a unit took to refill.
--
-- KEYS  company, membership, credential, tat, principals, leases, the principal's tat: of one hash tag, so in one slot
-- ARGV  company version, membership version, token id, units, principal, lease, lease's length, leases to give back ...
--       a lease begins with the principal
-- gives {word, detail, remaining, reset, retry, requests in flight, quota, window, concurrency, version, shadow, shadowed,
--        read-only (1 or empty)}

local ACTIVE = 30000000 -- whoever asked within 30 s has a share of the quota

local company = redis.call('HMGET', KEYS[1], 'v', 'q', 'w', 'n', 'lv', 'sh', 'ro')
local credential = redis.call('GET', KEYS[3]) or '?'
local version, membership = tonumber(company[1]), tonumber(redis.call('GET', KEYS[2]))
local shown_version, shown_membership = tonumber(ARGV[1]), tonumber(ARGV[2])
local state = string.sub(credential, 1, 1)

-- 1. Any level that is known ends the credential. A refusal costs the company nothing.
if version and shown_version < version then return {'revoked', 'company'} end
if membership and shown_membership < membership then return {'revoked', 'membership'} end
if state == '0' then return {'revoked', 'credential'} end
if ARGV[3] ~= '' and string.find(credential, ARGV[3], 1, true) then return {'revoked', 'token'} end

-- 2. What is missing here, or older than what is shown, only MongoDB can tell.
if not (version and company[2] and membership) or state == '?' then return {'miss'} end
if version < shown_version or membership < shown_membership then return {'miss'} end

-- 3. The company's quota.
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local quota, window, most = tonumber(company[2]), tonumber(company[3]), tonumber(company[4])
local shadow = company[6] or ''
local period = math.ceil(window * 1000000 / quota)
local capacity = quota * period
local tat, old_period = string.match(redis.call('GET', KEYS[4]) or '0 1', '^(%d+) (%d+)$')
local used = math.max(tonumber(tat) - now, 0)
if tonumber(old_period) ~= period then used = math.ceil(used / old_period * period) end -- other limits: the units count
tat = now + math.min(used, capacity)
local after = tat + math.min(tonumber(ARGV[4]), quota) * period

-- 4. The principal's share of it: enforced while others are there and less than half of the quota is left.
redis.call('ZREMRANGEBYSCORE', KEYS[5], '-inf', now - ACTIVE)
redis.call('ZADD', KEYS[5], string.format('%.0f', now), ARGV[5])
redis.call('PEXPIRE', KEYS[5], ACTIVE / 1000)
local principals = redis.call('ZCARD', KEYS[5])
local share = math.max(1, math.floor(quota / principals))
local own_period = period * principals
local own_capacity = share * own_period
local own_tat = math.min(math.max(tonumber(redis.call('GET', KEYS[7]) or '0'), now), now + own_capacity)
local own_after = own_tat + math.min(tonumber(ARGV[4]), share) * own_period

-- 5. Requests at a time: a lease each, given back at the end, or expired with a process that was killed. Of these too
-- a principal has a share, once half of them are taken.
for index = 8, #ARGV do redis.call('ZREM', KEYS[6], ARGV[index]) end
redis.call('ZREMRANGEBYSCORE', KEYS[6], '-inf', now)
local in_flight, own_in_flight = redis.call('ZCARD', KEYS[6]), 0
if principals > 1 and in_flight * 2 >= most then
  for _, lease in ipairs(redis.call('ZRANGE', KEYS[6], 0, -1)) do
    if string.sub(lease, 1, #ARGV[5]) == ARGV[5] then own_in_flight = own_in_flight + 1 end
  end
end

-- 6. Who refuses, and until when; a policy in shadow only says that it would have.
local denied, retry, shadowed = '', 0, ''
local function refuse(policy, wait)
  if string.find(shadow, policy, 1, true) then
    shadowed = shadowed == '' and policy or (shadowed .. ',' .. policy)
  elseif denied == '' then
    denied, retry = policy, wait
  end
end
if after - now > capacity then refuse('company', after - now - capacity) end
local short_of_half = after - now - capacity / 2
if principals > 1 and own_after - now > own_capacity and short_of_half > 0 then
  refuse('principal', math.min(own_after - now - own_capacity, short_of_half))
end
if own_in_flight >= math.max(1, math.floor(most / principals)) then refuse('principal', 1000000) end
if in_flight >= most then refuse('concurrency', 1000000) end

-- 7. All is written, or nothing.
if denied == '' then
  tat, own_tat, in_flight = math.min(after, now + capacity), math.min(own_after, now + own_capacity), in_flight + 1
  redis.call('SET', KEYS[4], string.format('%.0f %.0f', tat, period), 'PX', math.ceil((tat - now) / 1000) + 1000)
  redis.call('SET', KEYS[7], string.format('%.0f', own_tat), 'PX', math.ceil((own_tat - now) / 1000) + 1000)
  redis.call('ZADD', KEYS[6], string.format('%.0f', now + ARGV[7]), ARGV[6])
  redis.call('PEXPIRE', KEYS[6], math.ceil(ARGV[7] / 1000))
end
local remaining = math.max(0, math.floor((capacity - (tat - now)) / period))
return {
  'good', denied, remaining, tat - now, math.ceil(retry), in_flight,
  quota, window, most, tonumber(company[5]), shadow, shadowed, company[7] or '',
}
