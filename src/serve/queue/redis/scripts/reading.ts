/** Scripts that look, and those about callbacks. */

const record = `
local function record(id)
  local f = redis.call('HMGET', job(id), 'job', 'state', 'attempts', 'started', 'result', 'callbackError', 'once')
  -- A result that is kept until it was fetched goes soon after; not at once, since the answer may be lost on its way.
  if f[2] == 'e' and f[7] == '1' then redis.call('ZADD', p .. 'expire', 'LT', now + 10000, id) end
  if not f[1] then return false end
  return { f[1], f[2], f[3], f[4], f[5] or '', f[6] or '' }
end`;

/** ARGV: ids. */
export const read = `${record}
local all = {}
for i, id in ipairs(ARGV) do all[i] = record(id) or '' end
return all`;

/** The record, and what happens from now on until it has ended. ARGV: instance, id. */
export const watch = `${record}
local found = record(ARGV[2])
if found and found[2] ~= 'e' then
  redis.call('SADD', p .. 'watch:' .. ARGV[2], ARGV[1])
  redis.call('EXPIRE', p .. 'watch:' .. ARGV[2], 86400)
end
return found or ''`;

/** ARGV: instance, id. */
export const unwatch = `
return redis.call('SREM', p .. 'watch:' .. ARGV[2], ARGV[1])`;

/** ARGV: ids. Returns those that have ended. */
export const ended = `
local all = {}
for _, id in ipairs(ARGV) do if redis.call('HGET', job(id), 'state') == 'e' then all[#all + 1] = id end end
return all`;

/** ARGV: id, event. */
export const publish = `
tell(ARGV[1], 'event ' .. ARGV[1] .. ' ' .. ARGV[2])
return 1`;

/** ARGV: name of the index, offset, how many. */
export const list = `${record}
local all = {}
for _, id in ipairs(redis.call('ZRANGE', p .. ARGV[1], ARGV[2], ARGV[2] + ARGV[3] - 1, 'REV')) do all[#all + 1] = record(id) or nil end
return { redis.call('ZCARD', p .. ARGV[1]), all }`;

/** ARGV: how many, how long they are the sender's own. */
export const dueCallbacks = `${record}
local all = {}
for _, id in ipairs(redis.call('ZRANGE', p .. 'callbacks', '-inf', now, 'BYSCORE', 'LIMIT', 0, ARGV[1])) do
  redis.call('ZADD', p .. 'callbacks', now + ARGV[2], id)
  all[#all + 1] = { redis.call('HINCRBY', job(id), 'callbackTries', 1), record(id) }
end
return all`;

/** ARGV: id, error or nothing, milliseconds until it is tried again or -1. */
export const callbackDone = `
if redis.call('EXISTS', job(ARGV[1])) == 0 then return 0 end
redis.call('HSET', job(ARGV[1]), 'callbackError', ARGV[2])
if tonumber(ARGV[3]) < 0 then redis.call('ZREM', p .. 'callbacks', ARGV[1]) else redis.call('ZADD', p .. 'callbacks', now + ARGV[3], ARGV[1]) end
return 1`;

export const stats = `
local f = redis.call('HMGET', n, 'q:interactive', 'q:normal', 'q:batch', 'running', 'dead', 'refused', 'lost', 'results')
local all = {}
for i = 1, 8 do all[i] = tonumber(f[i] or 0) end
local oldest = redis.call('ZRANGE', p .. 'age', 0, 0, 'WITHSCORES')
all[9] = oldest[2] and math.floor(now - oldest[2]) or -1
return all`;

/** ARGV: milliseconds of silence after which a worker is not among them. */
export const workers = `
local all = {}
for _, me in ipairs(redis.call('ZRANGE', p .. 'seen', now - ARGV[1], '+inf', 'BYSCORE')) do
  local facts = redis.call('HGET', p .. 'workers', me)
  if facts then all[#all + 1] = { facts, redis.call('SCARD', p .. 'held:' .. me), math.floor(now - redis.call('ZSCORE', p .. 'seen', me)) } end
end
return all`;

/** Writes something, as an addition would. */
export const tryOut = `
redis.call('SET', p .. 'try', wall, 'EX', 60)
return 1`;
