/**
 * What all scripts of the store begin with. A script is one step of the store: nobody sees half of it. In all names `p` is the prefix.
 *
 * | name | what it is |
 * | --- | --- |
 * | `n` | hash: counters, the store's clock, its epoch |
 * | `job:ID` | hash: the job and what became of it; `state` is q, r or e; `need` and `key` are escaped |
 * | `q:CLASS:NEED:KEY` | sorted set: ids that wait, by arrival |
 * | `turns:CLASS:NEED` | sorted set: keys with something in it, by their turn, which is the same for all needs |
 * | `needs:CLASS` | set: needs with something that waits |
 * | `age` | sorted set: ids that wait, by the time at which they were added |
 * | `deadlines` | sorted set: ids that wait and may not be begun after a time of the day |
 * | `leases` | sorted set: ids that run, by the end of their lease |
 * | `ended`, `expire` | sorted sets: results in the order of their ends, and by the time at which they go |
 * | `all`, `all:DIALECT` | sorted sets: ids by arrival |
 * | `callbacks` | sorted set: ids by the time at which the callback is due |
 * | `keys` | hash: jobs of each key that have not ended |
 * | `workers`, `seen`, `names` | by instance: facts, last word; by name: instance |
 * | `held:INSTANCE` | set: ids that it runs |
 * | `sigs`, `can:SIG`, `idle:SIG` | workers that offer the same: last word, what they offer, who of them waits for work |
 * | `watch:ID` | set: instances that are told what happens to a job |
 * | `idem:KEY:IDEMPOTENCY` | hash of the body and id |
 * | `c:HASH`, `c:HASH:N`, `ref:HASH` | long contents: their size, their pieces, the ids of jobs that need them |
 *
 * The clock of leases goes forward with that of the server, but in one step at most by half a lease. So a clock that jumps, or a server that was
 * away, ends no lease: whoever holds one has the time to say so.
 */
export const common = `
local p = KEYS[1]
local n = p .. 'n'
local wall = redis.call('TIME')
wall = wall[1] * 1000 + math.floor(wall[2] / 1000)
local clock = redis.call('HMGET', n, 'wall', 'now', 'step')
local now = tonumber(clock[2] or 0)
local step = wall - tonumber(clock[1] or wall)
local most = tonumber(clock[3] or 1000)
if step > most then step = most end
if step > 0 then now = now + step end
if step ~= 0 or not clock[1] then redis.call('HSET', n, 'wall', wall, 'now', now) end

local function job(id) return p .. 'job:' .. id end
local function tokens(need)
  local all = {}
  for token in string.gmatch(need, '[^,]+') do all[#all + 1] = token end
  return all
end
local function offers(sig, need)
  if need == '' then return true end
  local every = redis.call('SISMEMBER', p .. 'can:' .. sig, 'l:*') == 1
  for _, token in ipairs(tokens(need)) do
    if not (every and string.sub(token, 1, 2) == 'l:') and redis.call('SISMEMBER', p .. 'can:' .. sig, token) == 0 then return false end
  end
  return true
end
local function say(instance, message) redis.call('PUBLISH', p .. 'to:' .. instance, message) end
local function tell(id, message)
  for _, instance in ipairs(redis.call('SMEMBERS', p .. 'watch:' .. id)) do say(instance, message) end
end
local function event(id, facts) tell(id, 'event ' .. id .. ' ' .. cjson.encode(facts)) end

-- One worker that waits and can run it is told. Those that died meanwhile are passed over.
local function wake(need)
  for _, sig in ipairs(redis.call('ZRANGE', p .. 'sigs', 0, -1)) do
    if offers(sig, need) then
      while true do
        local idle = redis.call('ZPOPMAX', p .. 'idle:' .. sig)
        if #idle == 0 then break end
        local seen = redis.call('ZSCORE', p .. 'seen', idle[1])
        if seen and tonumber(seen) > now - 2 * most then say(idle[1], 'work') return end
      end
    end
  end
end

local function place(id)
  local class, need, key, seq, added, deadline = unpack(redis.call('HMGET', job(id), 'class', 'need', 'key', 'seq', 'added', 'deadline'))
  redis.call('HSET', job(id), 'state', 'q')
  redis.call('ZADD', p .. 'q:' .. class .. ':' .. need .. ':' .. key, seq, id)
  -- A key that had nothing there is the last one whose turn it is.
  local turn
  for _, other in ipairs(redis.call('SMEMBERS', p .. 'needs:' .. class)) do turn = turn or redis.call('ZSCORE', p .. 'turns:' .. class .. ':' .. other, key) end
  redis.call('ZADD', p .. 'turns:' .. class .. ':' .. need, turn or redis.call('HINCRBY', n, 'turn', 1), key)
  redis.call('SADD', p .. 'needs:' .. class, need)
  redis.call('ZADD', p .. 'age', added, id)
  if deadline ~= '' then redis.call('ZADD', p .. 'deadlines', deadline, id) end
  redis.call('HINCRBY', n, 'q:' .. class, 1)
  return need
end
-- Where it stands is told where it is known: a record may be gone that somebody removed by hand.
local function displace(id, class, need, key)
  if not class then class, need, key = unpack(redis.call('HMGET', job(id), 'class', 'need', 'key')) end
  local queue = p .. 'q:' .. class .. ':' .. need .. ':' .. key
  redis.call('ZREM', queue, id)
  if redis.call('EXISTS', queue) == 0 then
    redis.call('ZREM', p .. 'turns:' .. class .. ':' .. need, key)
    if redis.call('EXISTS', p .. 'turns:' .. class .. ':' .. need) == 0 then redis.call('SREM', p .. 'needs:' .. class, need) end
  end
  redis.call('ZREM', p .. 'age', id)
  redis.call('ZREM', p .. 'deadlines', id)
  redis.call('HINCRBY', n, 'q:' .. class, -1)
end

-- A job that runs goes out of the hands of its worker.
local function release(id)
  redis.call('ZREM', p .. 'leases', id)
  redis.call('SREM', p .. 'held:' .. (redis.call('HGET', job(id), 'owner') or ''), id)
  redis.call('HINCRBY', n, 'running', -1)
end

-- The job has ended, whatever it was before; it is no longer among those that wait or run.
local function finish(id, json, finisher)
  local f = redis.call('HMGET', job(id), 'key', 'keep', 'callback', 'size', 'from')
  redis.call('HSET', job(id), 'state', 'e', 'result', json, 'finisher', finisher)
  local size = #json + tonumber(f[4])
  redis.call('HSET', job(id), 'size', size)
  redis.call('HINCRBY', n, 'results', 1)
  redis.call('HINCRBY', n, 'bytes', size)
  local minute = math.floor(now / 60000)
  redis.call('INCR', p .. 'done:' .. minute)
  redis.call('EXPIRE', p .. 'done:' .. minute, 600)
  if redis.call('HINCRBY', p .. 'keys', f[1], -1) <= 0 then redis.call('HDEL', p .. 'keys', f[1]) end
  redis.call('ZADD', p .. 'ended', redis.call('HINCRBY', n, 'ends', 1), id)
  redis.call('ZADD', p .. 'expire', now + tonumber(f[2]), id)
  if f[3] == '1' then redis.call('ZADD', p .. 'callbacks', now, id) end
  tell(id, 'ended ' .. id)
  say(f[5], 'ended ' .. id)
  redis.call('DEL', p .. 'watch:' .. id)
end

-- A result that no worker gave: its places for the start and the time are filled in.
local function unrun(id, template)
  local f = redis.call('HMGET', job(id), 'attempts', 'started')
  local started = (not f[2] or f[2] == '') and 'null' or f[2]
  finish(id, (string.gsub(template, '"@(%a+)@"', { attempt = f[1], started = started, now = string.format('%.0f', wall) })), '')
end

-- What ran and was lost: it is cancelled, dead, or waits again at its old place.
local function lose(id, reason, templates)
  local f = redis.call('HMGET', job(id), 'counted', 'cancelled')
  release(id)
  if not f[1] then return end
  if f[2] == '1' then return unrun(id, templates.cancelled) end
  if tonumber(f[1]) >= templates.attempts then
    redis.call('HSET', job(id), 'dead', '1')
    redis.call('HINCRBY', n, 'dead', 1)
    return unrun(id, templates.dead)
  end
  event(id, { kind = 'given-back', reason = reason })
  redis.call('HSET', job(id), 'started', '')
  wake(place(id))
end

local function drop(id)
  local f = redis.call('HMGET', job(id), 'size', 'dialect', 'dead', 'refs')
  redis.call('HINCRBY', n, 'results', -1)
  redis.call('HINCRBY', n, 'bytes', -tonumber(f[1] or 0))
  if f[3] == '1' then redis.call('HINCRBY', n, 'dead', -1) end
  for _, name in ipairs({ 'ended', 'expire', 'all', 'callbacks', 'all:' .. (f[2] or '') }) do redis.call('ZREM', p .. name, id) end
  for hash in string.gmatch(f[4] or '', '%x+') do
    redis.call('SREM', p .. 'ref:' .. hash, id)
    if redis.call('EXISTS', p .. 'ref:' .. hash) == 0 then
      redis.call('EXPIRE', p .. 'c:' .. hash, 600)
      for piece = 0, tonumber(redis.call('HGET', p .. 'c:' .. hash, 'pieces') or 0) - 1 do redis.call('EXPIRE', p .. 'c:' .. hash .. ':' .. piece, 660) end
    end
  end
  redis.call('UNLINK', job(id))
end

local function isThere(hash) return redis.call('EXISTS', p .. 'c:' .. hash) == 1 end
-- Contents stay for as long as a job needs them.
local function refer(id, hashes)
  if hashes == '' then return end
  for hash in string.gmatch(hashes, '%x+') do
    if isThere(hash) then
      for piece = 0, tonumber(redis.call('HGET', p .. 'c:' .. hash, 'pieces')) - 1 do redis.call('PERSIST', p .. 'c:' .. hash .. ':' .. piece) end
      redis.call('PERSIST', p .. 'c:' .. hash)
      redis.call('SADD', p .. 'ref:' .. hash, id)
    end
  end
  local before = redis.call('HGET', job(id), 'refs')
  redis.call('HSET', job(id), 'refs', before and before ~= '' and before .. ',' .. hashes or hashes)
end

-- A record from what the client says of a job (m) and the job itself.
local function create(m, json)
  local seq = redis.call('HINCRBY', n, 'seq', 1)
  redis.call('HSET', job(m.id), 'job', json, 'class', m.class, 'need', m.need, 'key', m.key, 'dialect', m.dialect, 'keep', m.keep, 'once', m.once, 'callback', m.callback,
    'deadline', m.deadline, 'from', m.from, 'seq', seq, 'added', now, 'size', #json, 'attempts', 0, 'counted', 0, 'started', '')
  redis.call('ZADD', p .. 'all', seq, m.id)
  redis.call('ZADD', p .. 'all:' .. m.dialect, seq, m.id)
  redis.call('HINCRBY', p .. 'keys', m.key, 1)
  refer(m.id, m.refs)
end
`;
