"""What the Redis store asks the server to do: one script each, which happens as a whole.

A kind of documents has two indexes per status: when each was written, and when it expires. The
counters of a kind are indexed under the empty status, where documents without one are not.
"""

LIBRARY = """
local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local function written(kind, status) return 'agent:written:' .. kind .. ':' .. status end
local function expiring(kind, status) return 'agent:expiring:' .. kind .. ':' .. status end
local function purge(kind, status)
  local ids = redis.call('ZRANGEBYSCORE', expiring(kind, status), '-inf', now, 'LIMIT', 0, 1000)
  if #ids > 0 then
    redis.call('ZREM', written(kind, status), unpack(ids))
    redis.call('ZREM', expiring(kind, status), unpack(ids))
  end
end
local function index(kind, status, id, ttl)
  redis.call('HSET', 'agent:indexes', kind .. ':' .. status, cjson.encode({kind, status}))
  redis.call('ZADD', expiring(kind, status), now + ttl, id)
end
"""
GET = "return redis.call('HGET', 'agent:documents:' .. ARGV[1] .. ':' .. ARGV[2], 'body')"
PUT = """
local kind, id, status, body, ttl, was, idle, new = unpack(ARGV)
local key = 'agent:documents:' .. kind .. ':' .. id
local old, updated = unpack(redis.call('HMGET', key, 'status', 'updated'))
if old and new == '1' then return 0 end
if old and was ~= '' and (old ~= was or tonumber(updated) > now - idle) then return 0 end
if old and old ~= '' then
  redis.call('ZREM', written(kind, old), id)
  redis.call('ZREM', expiring(kind, old), id)
end
redis.call('HSET', key, 'status', status, 'body', body, 'updated', now)
redis.call('PEXPIRE', key, ttl)
if status ~= '' then
  redis.call('ZADD', written(kind, status), now, id)
  index(kind, status, id, ttl)
end
return 1
"""
FIND = """
local kind, status, idle = unpack(ARGV)
purge(kind, status)
return redis.call('ZRANGEBYSCORE', written(kind, status), '-inf', now - idle, 'LIMIT', 0, 100)
"""
COUNT = """
purge(ARGV[1], ARGV[2])
return redis.call('ZCARD', expiring(ARGV[1], ARGV[2]))
"""
TOUCH = """
local kind, id, status = unpack(ARGV)
local key = 'agent:documents:' .. kind .. ':' .. id
if redis.call('HGET', key, 'status') ~= status then return 0 end
redis.call('HSET', key, 'updated', now)
redis.call('ZADD', written(kind, status), now, id)
return 1
"""
ADD = """
local kind, id, ttl = unpack(ARGV)
local key, totals = 'agent:counters:' .. kind .. ':' .. id, {}
for n = 4, #ARGV, 2 do
  totals[#totals + 1] = redis.call('HINCRBYFLOAT', key, ARGV[n], ARGV[n + 1])
end
if redis.call('PTTL', key) < 0 then
  redis.call('PEXPIRE', key, ttl)
  index(kind, '', id, ttl)
end
return totals
"""
TOTALS = "return redis.call('HGETALL', 'agent:counters:' .. ARGV[1] .. ':' .. ARGV[2])"
LIST = """
purge(ARGV[1], '')
return redis.call('ZRANGE', expiring(ARGV[1], ''), 0, -1)
"""
SWEEP = """
for _, name in ipairs(redis.call('HKEYS', 'agent:indexes')) do
  local kind, status = unpack(cjson.decode(redis.call('HGET', 'agent:indexes', name)))
  purge(kind, status)
  if redis.call('EXISTS', expiring(kind, status)) == 0 then
    redis.call('HDEL', 'agent:indexes', name)
  end
end
"""
