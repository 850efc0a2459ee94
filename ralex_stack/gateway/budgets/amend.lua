-- Put what a call did cost in the place of its estimate, in its counters and in the ledger: once.
--
-- KEYS: estimate, estimates, ledger
-- ARGV: id, cost, account
-- Gives whether it was an estimate until now.

local estimate, estimates, ledger = KEYS[1], KEYS[2], KEYS[3]

local before = redis.call('HMGET', estimate, 'amount', 'counters')
if not before[1] then
    return 0
end
local difference = string.format('%.0f', tonumber(ARGV[2]) - tonumber(before[1]))
for counter in string.gmatch(before[2], '[^\n]+') do
    -- One whose window is over may be gone, and would never end again.
    if redis.call('EXISTS', counter) == 1 then
        redis.call('HINCRBY', counter, 'spent', difference)
    end
end
redis.call('DEL', estimate)
redis.call('ZREM', estimates, ARGV[1])
redis.call('XADD', ledger, '*', 'account', ARGV[3])
return 1
