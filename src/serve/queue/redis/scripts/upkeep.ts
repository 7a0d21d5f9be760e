/** Scripts about workers and about what time does. */

const farewell = `
local function farewell(me)
  local facts = redis.call('HGET', p .. 'workers', me)
  if not facts then return end
  local name, sig = cjson.decode(facts).name, cjson.decode(facts).sig
  redis.call('HDEL', p .. 'workers', me)
  redis.call('ZREM', p .. 'seen', me)
  redis.call('ZREM', p .. 'idle:' .. sig, me)
  if redis.call('HGET', p .. 'names', name) == me then redis.call('HDEL', p .. 'names', name) end
end`;

/** Whoever connects. ARGV: an epoch for an empty store, milliseconds by which the clock goes on at most. */
export const hello = `
redis.call('HSETNX', n, 'epoch', ARGV[1])
redis.call('HSET', n, 'step', ARGV[2])
return redis.call('HGET', n, 'epoch')`;

/**
 * ARGV: instance, name, facts, signature, templates, then what it offers. Another instance of the same name is taken for gone: what it ran goes to
 * others. `replaced`: this one is.
 */
export const announce = `${farewell}
local me, name, facts, sig, templates = unpack(ARGV, 1, 5)
if redis.call('EXISTS', p .. 'replaced:' .. me) == 1 then return 'replaced' end
local before = redis.call('HGET', p .. 'names', name)
if before and before ~= me then
  farewell(before)
  redis.call('SET', p .. 'replaced:' .. before, me, 'EX', 86400)
  for _, id in ipairs(redis.call('SMEMBERS', p .. 'held:' .. before)) do
    redis.call('HINCRBY', n, 'lost', 1)
    lose(id, 'its worker was started anew', cjson.decode(templates))
  end
end
redis.call('HSET', p .. 'names', name, me)
redis.call('HSET', p .. 'workers', me, facts)
redis.call('ZADD', p .. 'seen', now, me)
redis.call('ZADD', p .. 'sigs', now, sig)
for i = 6, #ARGV do redis.call('SADD', p .. 'can:' .. sig, ARGV[i]) end
redis.call('SADD', p .. 'can:' .. sig, '.')
return 'ok'`;

/** After a lost connection: what the store gave to this worker, and the worker does not know of. ARGV: instance, templates, ids that it knows. */
export const reconcile = `
local known = {}
for i = 3, #ARGV do known[ARGV[i]] = true end
for _, id in ipairs(redis.call('SMEMBERS', p .. 'held:' .. ARGV[1])) do
  if not known[id] then
    redis.call('HINCRBY', job(id), 'counted', -1)
    lose(id, 'its worker did not hear of it', cjson.decode(ARGV[2]))
  end
end
return 1`;

/** ARGV: instance, templates. What it still has is given back, and does not count. */
export const leave = `${farewell}
for _, id in ipairs(redis.call('SMEMBERS', p .. 'held:' .. ARGV[1])) do
  redis.call('HINCRBY', job(id), 'counted', -1)
  lose(id, 'its worker left', cjson.decode(ARGV[2]))
end
farewell(ARGV[1])
return 1`;

/**
 * What time does; everybody who is connected asks for it now and then. A bounded part at once: returns whether there is more, and the store's epoch.
 * ARGV: instance, templates, results that are kept at most, their bytes, milliseconds after which a worker that says nothing is gone,
 * an epoch and the step of the clock, as in {@link hello}: the store may have been emptied under our hands; 1: it is done although somebody did it a moment ago.
 * Returns also how many jobs wait.
 */
export const upkeep = `${farewell}
local me, templates, mostCount, mostBytes, silence = ARGV[1], cjson.decode(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[5])
local most, more = 100, 0
if redis.call('HSETNX', n, 'epoch', ARGV[6]) == 1 then redis.call('HSET', n, 'step', ARGV[7]) end
redis.call('ZADD', p .. 'seen', 'XX', now, me)

local function waiting()
  local f = redis.call('HMGET', n, 'q:interactive', 'q:normal', 'q:batch')
  return tonumber(f[1] or 0) + tonumber(f[2] or 0) + tonumber(f[3] or 0)
end
-- Of many who ask, one has to do it.
local swept = tonumber(redis.call('HGET', n, 'swept') or 0)
if ARGV[8] ~= '1' and swept > 0 and now - swept < tonumber(ARGV[7]) / 2 then return { 0, redis.call('HGET', n, 'epoch'), waiting() } end
redis.call('HSET', n, 'swept', now)

local late = redis.call('ZRANGE', p .. 'leases', '-inf', now, 'BYSCORE', 'LIMIT', 0, most)
for _, id in ipairs(late) do
  redis.call('HINCRBY', n, 'lost', 1)
  lose(id, 'its worker was silent for too long', templates)
end
local over = redis.call('ZRANGE', p .. 'deadlines', '-inf', wall, 'BYSCORE', 'LIMIT', 0, most)
for _, id in ipairs(over) do
  if redis.call('HGET', job(id), 'state') == 'q' then
    displace(id)
    unrun(id, templates.expired)
  else
    redis.call('ZREM', p .. 'deadlines', id)
  end
end
local old = redis.call('ZRANGE', p .. 'expire', '-inf', now, 'BYSCORE', 'LIMIT', 0, most)
for _, id in ipairs(old) do
  -- Somebody has still to be told.
  if redis.call('ZSCORE', p .. 'callbacks', id) then redis.call('ZADD', p .. 'expire', now + 60000, id) else drop(id) end
end
local dropped = 0
while dropped < most do
  local f = redis.call('HMGET', n, 'results', 'bytes')
  if tonumber(f[1] or 0) <= mostCount and tonumber(f[2] or 0) <= mostBytes then break end
  local first = redis.call('ZRANGE', p .. 'ended', 0, 0)
  if not first[1] then break end
  drop(first[1])
  dropped = dropped + 1
end
for _, id in ipairs(redis.call('ZRANGE', p .. 'seen', '-inf', now - silence, 'BYSCORE', 'LIMIT', 0, most)) do
  if redis.call('EXISTS', p .. 'held:' .. id) == 0 then farewell(id) end
end
for _, sig in ipairs(redis.call('ZRANGE', p .. 'sigs', '-inf', now - 86400000, 'BYSCORE', 'LIMIT', 0, most)) do
  redis.call('ZREM', p .. 'sigs', sig)
  redis.call('UNLINK', p .. 'can:' .. sig, p .. 'idle:' .. sig)
end
if #late == most or #over == most or #old == most or dropped == most then more = 1 end
return { more, redis.call('HGET', n, 'epoch'), waiting() }`;
