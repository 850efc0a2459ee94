-- Hold an amount in every counter of a call, or in none.
--
-- KEYS: reservation, open reservations, counters...
-- ARGV: id, amount, time in ms, account of the call, then of each counter: limit, end in ms
-- Gives {1}, or {0, number of the counter without room, what it has spent, what it holds}.
-- A counter is a hash of `spent` and `held`.

local reservation, open = KEYS[1], KEYS[2]
local id, amount = ARGV[1], ARGV[2]

-- An earlier attempt of the same call, at another model or before a retry.
local before = redis.call('HMGET', reservation, 'amount', 'counters')
if before[1] then
    for counter in string.gmatch(before[2], '[^\n]+') do
        if redis.call('EXISTS', counter) == 1 then
            redis.call('HINCRBY', counter, 'held', '-' .. before[1])
        end
    end
    redis.call('DEL', reservation)
    redis.call('ZREM', open, id)
end

for i = 3, #KEYS do
    local counts = redis.call('HMGET', KEYS[i], 'spent', 'held')
    local spent, held = tonumber(counts[1] or '0'), tonumber(counts[2] or '0')
    if spent + held + tonumber(amount) > tonumber(ARGV[5 + (i - 3) * 2]) then
        return {0, i - 2, counts[1] or '0', counts[2] or '0'}
    end
end

local counters = {}
for i = 3, #KEYS do
    redis.call('HINCRBY', KEYS[i], 'held', amount)
    redis.call('PEXPIREAT', KEYS[i], ARGV[6 + (i - 3) * 2])
    counters[#counters + 1] = KEYS[i]
end
redis.call('HSET', reservation, 'amount', amount, 'counters', table.concat(counters, '\n'), 'account', ARGV[4])
redis.call('ZADD', open, ARGV[3], id)
return {1}
