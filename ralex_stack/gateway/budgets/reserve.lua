-- Hold an amount in every counter of a call, or in none.
--
-- KEYS: reservation, open reservations, since when each limit is counted, counters...
-- ARGV: id, amount, time in ms, account of the call, then of each counter: limit, when it is
-- forgotten in ms, when its window begins in ms, its limit's name in the third key
-- Gives {1}, or {0, number of the counter without room, what it has spent, what it holds}, or
-- {-1, number of a counter that does not have all that was spent in its window}: nothing is done then.
-- A counter is a hash of `spent`, `held`, and `since`: as its limit had it when it was made.

local reservation, open, counted = KEYS[1], KEYS[2], KEYS[3]
local id, amount = ARGV[1], ARGV[2]
local first = 4

local since = {}
for i = first, #KEYS do
    local start, limit = ARGV[7 + (i - first) * 4], ARGV[8 + (i - first) * 4]
    since[i] = redis.call('HGET', counted, limit)
    local own = redis.call('HGET', KEYS[i], 'since')
    -- One that was not there yet has spent nothing where its limit was counted before its window.
    local whole = since[i] and (own == since[i] or
        (redis.call('EXISTS', KEYS[i]) == 0 and tonumber(since[i]) <= tonumber(start)))
    if not whole then
        return {-1, i - first + 1}
    end
end

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

for i = first, #KEYS do
    local counts = redis.call('HMGET', KEYS[i], 'spent', 'held')
    local spent, held = tonumber(counts[1] or '0'), tonumber(counts[2] or '0')
    if spent + held + tonumber(amount) > tonumber(ARGV[5 + (i - first) * 4]) then
        return {0, i - first + 1, counts[1] or '0', counts[2] or '0'}
    end
end

local counters = {}
for i = first, #KEYS do
    redis.call('HINCRBY', KEYS[i], 'held', amount)
    redis.call('HSET', KEYS[i], 'since', since[i])
    redis.call('PEXPIREAT', KEYS[i], ARGV[6 + (i - first) * 4])
    counters[#counters + 1] = KEYS[i]
end
redis.call('HSET', reservation, 'amount', amount, 'counters', table.concat(counters, '\n'), 'account', ARGV[4])
redis.call('ZADD', open, ARGV[3], id)
return {1}
