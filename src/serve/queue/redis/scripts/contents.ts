/** Scripts about long contents. Their pieces are set beside, since they are bytes. */

/** Keeps one that is there for some time longer, unless a job keeps it anyway. ARGV: hash, seconds. @returns 1: it is there */
export const touch = `
local c = p .. 'c:' .. ARGV[1]
local pieces = tonumber(redis.call('HGET', c, 'pieces') or 0)
for piece = 0, pieces - 1 do if redis.call('EXISTS', c .. ':' .. piece) == 0 then return 0 end end
for piece = 0, pieces - 1 do redis.call('EXPIRE', c .. ':' .. piece, ARGV[2] + 60, 'GT') end
redis.call('EXPIRE', c, ARGV[2], 'GT')
return pieces > 0 and 1 or 0`;

/** All pieces are there. ARGV: hash, pieces, bytes, seconds. */
export const complete = `
local c = p .. 'c:' .. ARGV[1]
if redis.call('EXISTS', c) == 1 and redis.call('TTL', c) < 0 then
  for piece = 0, ARGV[2] - 1 do redis.call('PERSIST', c .. ':' .. piece) end
else
  redis.call('HSET', c, 'pieces', ARGV[2], 'bytes', ARGV[3])
  redis.call('EXPIRE', c, ARGV[4])
end
return 1`;
