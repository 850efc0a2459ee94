-- Put what a call cost in the place of what was held for it, and its account into the ledger: once.
--
-- KEYS: reservation, open reservations, ledger
-- ARGV: id, cost ('' for what was held), account ('' for none)
-- Gives the amount that was held, or nothing where it has been settled before.

local reservation, open, ledger = KEYS[1], KEYS[2], KEYS[3]
local id, cost, account = ARGV[1], ARGV[2], ARGV[3]

local held = redis.call('HMGET', reservation, 'amount', 'counters')
if not held[1] then
    return false
end
if cost ~= '' then
    local change = string.format('%.0f', tonumber(cost) - tonumber(held[1]))
    for counter in string.gmatch(held[2], '[^\n]+') do
        -- One whose window is over may be gone, and would never end again.
        if redis.call('EXISTS', counter) == 1 then
            redis.call('INCRBY', counter, change)
        end
    end
end
redis.call('DEL', reservation)
redis.call('ZREM', open, id)
if account ~= '' then
    redis.call('XADD', ledger, '*', 'account', account)
end
return held[1]
