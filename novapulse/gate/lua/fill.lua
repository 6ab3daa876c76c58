-- Put what MongoDB says where something was missing. Nothing is lowered: what has ended stays ended, whatever an older
-- reading says.
--
-- KEYS  company, membership, credential
-- ARGV  lifetime in seconds, company version, membership version, live (1 or 0), ended tokens,
--       limits: version, quota, window, concurrency, shadow, read-only (1 or empty)

local version = math.max(tonumber(redis.call('HGET', KEYS[1], 'v') or '0'), tonumber(ARGV[2]))
redis.call('HSET', KEYS[1], 'v', version)
if tonumber(ARGV[6]) >= tonumber(redis.call('HGET', KEYS[1], 'lv') or '0') then
  redis.call('HSET', KEYS[1], 'lv', ARGV[6], 'q', ARGV[7], 'w', ARGV[8], 'n', ARGV[9], 'sh', ARGV[10], 'ro', ARGV[11])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])

local membership = math.max(tonumber(redis.call('GET', KEYS[2]) or '0'), tonumber(ARGV[3]))
redis.call('SET', KEYS[2], membership, 'EX', ARGV[1])

local stored = redis.call('GET', KEYS[3]) or '?'
local state = (ARGV[4] == '0' or string.sub(stored, 1, 1) == '0') and '0' or '1'
local tokens = string.sub(stored, 2)
for token in string.gmatch(ARGV[5], '%S+') do
  if not string.find(tokens, token, 1, true) then tokens = tokens .. ' ' .. token end
end
redis.call('SET', KEYS[3], state .. tokens, 'EX', ARGV[1])
