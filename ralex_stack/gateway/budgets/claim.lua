-- Take what is due of the estimates; each is due again later, until it is known or too old.
--
-- KEYS: estimates
-- ARGV: how many at most, time in ms, age in ms at which an estimate stays one, then the pauses in ms
-- Gives id, the provider's id of the answer, account, and amount that was counted, of each.

local estimates = KEYS[1]
local now, age = tonumber(ARGV[2]), tonumber(ARGV[3])

local found = {}
for _, id in ipairs(redis.call('ZRANGEBYSCORE', estimates, '-inf', now, 'LIMIT', 0, ARGV[1])) do
    local estimate = 'estimate:' .. id
    local kept = redis.call('HMGET', estimate, 'generation', 'account', 'amount', 'since')
    if not kept[1] or now - tonumber(kept[4]) > age then
        redis.call('DEL', estimate)
        redis.call('ZREM', estimates, id)
    else
        local pause = 3 + redis.call('HINCRBY', estimate, 'asked', 1)
        redis.call('ZADD', estimates, now + tonumber(ARGV[math.min(pause, #ARGV)]), id)
        for _, value in ipairs({id, kept[1], kept[2], kept[3]}) do
            found[#found + 1] = value
        end
    end
end
return found
