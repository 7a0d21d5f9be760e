/** Scripts about one job or some. Each can be sent again when its answer was lost. */

/** ARGV: bounds and whether missing contents are asked for; what is to know of each job; the jobs. */
export const add = `
local o, metas = cjson.decode(ARGV[1]), cjson.decode(ARGV[2])
local answers, fresh, here, ofKey, missing = {}, {}, {}, {}, {}
for i, m in ipairs(metas) do
  local name = m.idem ~= '' and p .. 'idem:' .. m.key .. ':' .. m.idem
  local known = name and (here[name] or redis.call('GET', name))
  local hash, id
  if known then hash, id = string.match(known, '^(%S*) (%S+)$') end
  if id and not here[name] and redis.call('EXISTS', job(id)) == 0 then id = nil end
  if id and id ~= m.id then
    answers[i] = { hash == m.hash and 'known' or 'conflict', id }
  else
    answers[i] = { 'added', m.id }
    if redis.call('EXISTS', job(m.id)) == 0 then
      fresh[#fresh + 1] = i
      ofKey[m.key] = (ofKey[m.key] or 0) + 1
      if name then here[name] = m.hash .. ' ' .. m.id end
      for hash in string.gmatch(m.refs, '%x+') do if not isThere(hash) then missing[#missing + 1] = hash end end
    end
  end
end
if #missing > 0 and o.asks then return { 'missing', missing } end

local waiting = 0
for _, class in ipairs({ 'interactive', 'normal', 'batch' }) do waiting = waiting + tonumber(redis.call('HGET', n, 'q:' .. class) or 0) end
local minute, done, time = math.floor(now / 60000), 0, 120000 + now % 60000
for back = 0, 2 do done = done + tonumber(redis.call('GET', p .. 'done:' .. minute - back) or 0) end
-- How many are too many, and how long until as many have ended, by the rate of the last minutes; -1: not known.
local function full(which, over) return { 'full', which, done == 0 and -1 or math.ceil(over * time / done) } end
if #fresh > 0 and waiting + #fresh > o.jobs then return full('all', waiting + #fresh - o.jobs) end
if #fresh > 0 and o.wait >= 0 and done > 0 and waiting * time / done > o.wait then return full('all', waiting - o.wait * done / time) end
if o.ofKey >= 0 then
  for key, more in pairs(ofKey) do
    local over = tonumber(redis.call('HGET', p .. 'keys', key) or 0) + more - o.ofKey
    if over > 0 then return full('key', over) end
  end
end
for name, known in pairs(here) do redis.call('SET', name, known, 'EX', 86400) end
for _, i in ipairs(fresh) do
  create(metas[i], ARGV[2 + i])
  wake(place(metas[i].id))
end
return { 'ok', answers }`;

/** ARGV: instance, signature of what it offers, name, lease, result of one whose deadline has passed. */
export const claim = `
local me, sig, name, lease, template = unpack(ARGV)
if redis.call('HEXISTS', p .. 'workers', me) == 0 or redis.call('EXISTS', p .. 'can:' .. sig) == 0 then return { 'unknown' } end
redis.call('ZADD', p .. 'seen', now, me)
for _, class in ipairs({ 'interactive', 'normal', 'batch' }) do
  while true do
    local needs, best, bestTurn, bestSeq = {}, nil, nil, nil
    for _, need in ipairs(redis.call('SMEMBERS', p .. 'needs:' .. class)) do
      if offers(sig, need) then
        needs[#needs + 1] = need
        local first = redis.call('ZRANGE', p .. 'turns:' .. class .. ':' .. need, 0, 0, 'WITHSCORES')
        local turn = tonumber(first[2])
        if not bestTurn or turn < bestTurn then best, bestTurn = first[1], turn end
      end
    end
    if not best then break end
    local id, its
    for _, need in ipairs(needs) do
      local head = redis.call('ZRANGE', p .. 'q:' .. class .. ':' .. need .. ':' .. best, 0, 0, 'WITHSCORES')
      if head[1] and (not bestSeq or tonumber(head[2]) < bestSeq) then id, its, bestSeq = head[1], need, tonumber(head[2]) end
    end
    displace(id, class, its, best)
    local deadline = redis.call('HGET', job(id), 'deadline')
    if not deadline then
      -- Its record is gone.
    elseif deadline ~= '' and tonumber(deadline) < wall then
      unrun(id, template)
    else
      local turn = redis.call('HINCRBY', n, 'turn', 1)
      for _, need in ipairs(redis.call('SMEMBERS', p .. 'needs:' .. class)) do redis.call('ZADD', p .. 'turns:' .. class .. ':' .. need, 'XX', turn, best) end
      local attempts = redis.call('HINCRBY', job(id), 'attempts', 1)
      redis.call('HINCRBY', job(id), 'counted', 1)
      redis.call('HSET', job(id), 'state', 'r', 'owner', me, 'started', string.format('%.0f', wall))
      redis.call('ZADD', p .. 'leases', now + lease, id)
      redis.call('SADD', p .. 'held:' .. me, id)
      redis.call('HINCRBY', n, 'running', 1)
      event(id, { kind = 'started', attempt = attempts, worker = name })
      return { 'job', redis.call('HGET', job(id), 'job'), attempts }
    end
  end
end
redis.call('ZADD', p .. 'idle:' .. sig, now, me)
return { 'none' }`;

/** ARGV: instance, lease, then id and attempt of each claim. Returns ids that are lost or cancelled, and whether the worker is known. */
export const renew = `
local me, lease = ARGV[1], ARGV[2]
local gone = {}
for i = 3, #ARGV, 2 do
  local f = redis.call('HMGET', job(ARGV[i]), 'state', 'owner', 'attempts', 'cancelled')
  if f[1] == 'r' and f[2] == me and f[3] == ARGV[i + 1] then
    redis.call('ZADD', p .. 'leases', now + lease, ARGV[i])
    if f[4] == '1' then gone[#gone + 1] = ARGV[i] end
  else
    gone[#gone + 1] = ARGV[i]
  end
end
local known = redis.call('HEXISTS', p .. 'workers', me)
if known == 1 then redis.call('ZADD', p .. 'seen', now, me) end
return { gone, known }`;

/** ARGV: instance, id, attempt, result, its long contents, epoch of the claim. `gone`: the store was emptied since then. */
export const finish = `
local me, id, attempt, json, refs, epoch = unpack(ARGV)
local f = redis.call('HMGET', job(id), 'state', 'attempts', 'owner', 'finisher')
if f[1] ~= 'e' and redis.call('HGET', n, 'epoch') ~= epoch then return 'gone' end
-- The same once more: its answer was lost.
if f[1] == 'e' and f[4] == me .. ' ' .. attempt and redis.call('HGET', job(id), 'result') == json then return 'ok' end
if f[1] ~= 'r' or f[2] ~= attempt or f[3] ~= me then
  redis.call('HINCRBY', n, 'refused', 1)
  return 'late'
end
release(id)
refer(id, refs)
finish(id, json, me .. ' ' .. attempt)
return 'ok'`;

/** A result of a job that the store knew before it was emptied. A server may have put the job back, and another worker may run it: this result is the first. ARGV: instance, attempt, what is to know of the job, the job, result, its contents, start. */
export const restore = `
local me, attempt, meta, json, result, refs, started = unpack(ARGV)
local m = cjson.decode(meta)
if redis.call('EXISTS', job(m.id)) == 1 then
  local f = redis.call('HMGET', job(m.id), 'state', 'finisher')
  if f[1] == 'e' then return f[2] == me .. ' ' .. attempt and 'ok' or 'late' end
  if f[1] == 'q' then displace(m.id) else release(m.id) end
else
  create(m, json)
end
redis.call('HSET', job(m.id), 'attempts', attempt, 'counted', attempt, 'started', started)
refer(m.id, refs)
finish(m.id, result, me .. ' ' .. attempt)
return 'ok'`;

/** ARGV: instance, id, attempt, whether it counts, reason, templates. */
export const giveBack = `
local me, id, attempt, counts, reason, templates = unpack(ARGV)
local f = redis.call('HMGET', job(id), 'state', 'owner', 'attempts')
if f[1] ~= 'r' or f[2] ~= me or f[3] ~= attempt then return 0 end
if counts == '0' then redis.call('HINCRBY', job(id), 'counted', -1) end
lose(id, reason, cjson.decode(templates))
return 1`;

/** ARGV: id, result of one that did not run. */
export const cancel = `
local id = ARGV[1]
local f = redis.call('HMGET', job(id), 'state', 'owner')
if f[1] == 'q' then
  displace(id)
  unrun(id, ARGV[2])
elseif f[1] == 'r' then
  redis.call('HSET', job(id), 'cancelled', '1')
  say(f[2], 'cancel ' .. id)
else
  return 0
end
return 1`;

/** ARGV: id. */
export const remove = `
if redis.call('HGET', job(ARGV[1]), 'state') ~= 'e' then return 0 end
drop(ARGV[1])
return 1`;

/** ARGV: id. */
export const retry = `
local id = ARGV[1]
local f = redis.call('HMGET', job(id), 'dead', 'size', 'result', 'key')
if f[1] ~= '1' then return 0 end
redis.call('HINCRBY', n, 'results', -1)
redis.call('HINCRBY', n, 'bytes', -tonumber(f[2]))
redis.call('HINCRBY', n, 'dead', -1)
for _, name in ipairs({ 'ended', 'expire', 'callbacks' }) do redis.call('ZREM', p .. name, id) end
redis.call('HINCRBY', p .. 'keys', f[4], 1)
redis.call('HSET', job(id), 'dead', '0', 'counted', 0, 'started', '', 'size', tonumber(f[2]) - #f[3], 'finisher', '')
redis.call('HDEL', job(id), 'result')
wake(place(id))
return 1`;
