-- Hold an amount in every counter of a call, or in none.
--
-- KEYS: reservation, open reservations, counters...
-- ARGV: id, amount, time in ms, account of the call, then of each counter: limit, end in ms
-- Gives {1, what each counter holds now...}, or {0, number of the counter without room, its count}.

local reservation, open = KEYS[1], KEYS[2]
local id, amount = ARGV[1], ARGV[2]

-- An earlier attempt of the same call, at another model or before a retry.
local held = redis.call('HMGET', reservation, 'amount', 'counters')
if held[1] then
    for counter in string.gmatch(held[2], '[^\n]+') do
        if redis.call('EXISTS', counter) == 1 then
            redis.call('DECRBY', counter, held[1])
        end
    end
    redis.call('DEL', reservation)
    redis.call('ZREM', open, id)
end

for i = 3, #KEYS do
    local count = tonumber(redis.call('GET', KEYS[i]) or '0')
    local limit = tonumber(ARGV[5 + (i - 3) * 2])
    if count + tonumber(amount) > limit then
        return {0, i - 2, tostring(count)}
    end
end

local counts, counters = {1}, {}
for i = 3, #KEYS do
    counts[#counts + 1] = tostring(redis.call('INCRBY', KEYS[i], amount))
    redis.call('PEXPIREAT', KEYS[i], ARGV[6 + (i - 3) * 2])
    counters[#counters + 1] = KEYS[i]
end
redis.call('HSET', reservation, 'amount', amount, 'counters', table.concat(counters, '\n'), 'account', ARGV[4])
redis.call('ZADD', open, ARGV[3], id)
return counts
