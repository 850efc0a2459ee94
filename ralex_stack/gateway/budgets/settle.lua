-- Put what a call cost in the place of what was held for it, and its account into the ledger: once.
--
-- KEYS: reservation, open reservations, ledger, estimates, estimate
-- ARGV: id, cost ('' for what was held), account ('' for none), time in ms, when the provider is
-- asked first in ms ('' where the cost is known), the provider's id of the answer ('' for none)
-- Gives each counter and what it has spent now, or nothing where it has been settled before.

local reservation, open, ledger, estimates, estimate = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local id, cost, account, now, due, generation = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local before = redis.call('HMGET', reservation, 'amount', 'counters', 'generation')
if not before[1] then
    return false
end
if cost == '' then
    cost = before[1]
end
local spent = {}
for counter in string.gmatch(before[2], '[^\n]+') do
    -- One whose window is over may be gone, and would never end again.
    if redis.call('EXISTS', counter) == 1 then
        redis.call('HINCRBY', counter, 'held', '-' .. before[1])
        spent[#spent + 1] = counter
        spent[#spent + 1] = tostring(redis.call('HINCRBY', counter, 'spent', cost))
    end
end
redis.call('DEL', reservation)
redis.call('ZREM', open, id)
if account ~= '' then
    redis.call('XADD', ledger, '*', 'account', account)
end
-- A gateway that died told of the answer's id when it came.
if generation == '' then
    generation = before[3] or ''
end
if due ~= '' and account ~= '' and generation ~= '' then
    redis.call('HSET', estimate, 'generation', generation, 'amount', cost, 'counters', before[2],
        'account', account, 'since', now, 'asked', '0')
    redis.call('ZADD', estimates, due, id)
end
return spent
