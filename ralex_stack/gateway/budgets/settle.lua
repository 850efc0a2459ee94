-- Put what a call cost in the place of what was held for it, and its account into the ledger: once.
--
-- KEYS: reservation, open reservations, ledger
-- ARGV: id, cost ('' for what was held), account ('' for none)
-- Gives each counter and what it has spent now, or nothing where it has been settled before.

local reservation, open, ledger = KEYS[1], KEYS[2], KEYS[3]
local id, cost, account = ARGV[1], ARGV[2], ARGV[3]

local before = redis.call('HMGET', reservation, 'amount', 'counters')
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
return spent
