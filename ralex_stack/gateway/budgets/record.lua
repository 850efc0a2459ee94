-- Count a call that nothing was held for, and put its account into the ledger.
--
-- KEYS: ledger, estimates, estimate, counters...
-- ARGV: id, cost, account, time in ms, when the provider is asked first in ms ('' where the cost is
-- known), the provider's id of the answer, then of each counter when it is forgotten in ms

local ledger, estimates, estimate = KEYS[1], KEYS[2], KEYS[3]
local id, cost, account, now, due, generation = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5], ARGV[6]

local counters = {}
for i = 4, #KEYS do
    redis.call('HINCRBY', KEYS[i], 'spent', cost)
    redis.call('PEXPIREAT', KEYS[i], ARGV[i + 3])
    counters[#counters + 1] = KEYS[i]
end
redis.call('XADD', ledger, '*', 'account', account)
if due ~= '' and generation ~= '' then
    redis.call('HSET', estimate, 'generation', generation, 'amount', cost,
        'counters', table.concat(counters, '\n'), 'account', account, 'since', now, 'asked', '0')
    redis.call('ZADD', estimates, due, id)
end
