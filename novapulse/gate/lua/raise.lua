-- Pass a change on: versions only grow, an end is an end, limits that have changed are forgotten until they are read anew.
--
-- KEYS  the key of the company, membership or credential
-- ARGV  level, lifetime in seconds, version, token id

local level, lifetime, version = ARGV[1], ARGV[2], tonumber(ARGV[3])
if level == 'company' then
  redis.call('HSET', KEYS[1], 'v', math.max(tonumber(redis.call('HGET', KEYS[1], 'v') or '0'), version))
elseif level == 'limits' then
  if tonumber(redis.call('HGET', KEYS[1], 'lv') or '0') < version then
    redis.call('HSET', KEYS[1], 'lv', version)
    redis.call('HDEL', KEYS[1], 'q')
  end
elseif level == 'membership' then
  redis.call('SET', KEYS[1], math.max(tonumber(redis.call('GET', KEYS[1]) or '0'), version))
elseif level == 'credential' then
  redis.call('SET', KEYS[1], '0')
elseif level == 'token' then
  local stored = redis.call('GET', KEYS[1]) or '?'
  if not string.find(stored, ARGV[4], 1, true) then redis.call('SET', KEYS[1], stored .. ' ' .. ARGV[4]) end
end
redis.call('EXPIRE', KEYS[1], lifetime)
