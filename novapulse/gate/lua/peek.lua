-- How far has a company used what it may? Changes nothing, and tells what the next decision would find.
--
-- KEYS  company, tat, leases: of one hash tag
-- gives {quota, window, most at a time, version, shadow, remaining, reset, requests in flight}, empty where nothing is known

local company = redis.call('HMGET', KEYS[1], 'q', 'w', 'n', 'lv', 'sh')
if not company[1] then return {} end
local clock = redis.call('TIME')
local now = clock[1] * 1000000 + clock[2]
local quota = tonumber(company[1])
local period = math.ceil(tonumber(company[2]) * 1000000 / quota)
local tat, old_period = string.match(redis.call('GET', KEYS[2]) or '0 1', '^(%d+) (%d+)$')
local used = math.max(tonumber(tat) - now, 0)
if tonumber(old_period) ~= period then used = math.ceil(used / old_period * period) end -- as `decide.lua` has it
used = math.min(used, quota * period)
local remaining = math.max(0, math.floor((quota * period - used) / period))
local in_flight = redis.call('ZCOUNT', KEYS[3], string.format('(%.0f', now), '+inf')
return {
  quota, tonumber(company[2]), tonumber(company[3]), tonumber(company[4]), company[5] or '', remaining, used, in_flight,
}
