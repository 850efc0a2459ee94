-- Make a counter of all that concerns it, where it does not have that: of what its home has of the
-- ledger, what is still on the way there, and what is held for calls in flight.
--
-- KEYS: counter, since when each limit is counted, open reservations, estimates, ledger
-- ARGV: name of the limit in the second key, time in ms, what is at home, when the window begins and
-- ends in ms, and both as accounts have times, the field of accounts that matters ('' for none), a
-- JSON object with the values that count, when the counter is forgotten in ms
-- Gives whether it was made.

local counter, counted, open, estimates, ledger = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5]
local limit, now, spent = ARGV[1], ARGV[2], tonumber(ARGV[3])
local first, last, first_text, last_text = ARGV[4], ARGV[5], ARGV[6], ARGV[7]
local field, values = ARGV[8], cjson.decode(ARGV[9])

local since = redis.call('HGET', counted, limit)
if since and redis.call('HGET', counter, 'since') == since then
    return 0
end

local function concerned(account)
    if field == '' then
        return true
    end
    local value = account[field]
    if field == 'model' and type(account.served) == 'string' then
        value = account.served
    end
    return type(value) == 'string' and values[value] ~= nil
end

local function now_counts(name, counters)
    if not string.find('\n' .. counters .. '\n', '\n' .. counter .. '\n', 1, true) then
        local more = counters == '' and counter or counters .. '\n' .. counter
        redis.call('HSET', name, 'counters', more)
    end
end

local function is_within(account)
    return account.time >= first_text and account.time < last_text
end

for _, entry in ipairs(redis.call('XRANGE', ledger, first, '+')) do
    local fits, account = pcall(cjson.decode, entry[2][2])
    if fits and concerned(account) and is_within(account) then
        -- An account that takes the place of an estimate says what that was.
        spent = spent + math.floor((account.cost - (account.estimate or 0)) * 1e9 + 0.5)
    end
end

local held = 0
for _, id in ipairs(redis.call('ZRANGEBYSCORE', open, first, '(' .. last)) do
    local name = 'reservation:' .. id
    local kept = redis.call('HMGET', name, 'amount', 'counters', 'account')
    if kept[1] and concerned(cjson.decode(kept[3])) then
        held = held + tonumber(kept[1])
        now_counts(name, kept[2])
    end
end

for _, id in ipairs(redis.call('ZRANGE', estimates, 0, -1)) do
    local name = 'estimate:' .. id
    local kept = redis.call('HMGET', name, 'counters', 'account')
    local account = kept[2] and cjson.decode(kept[2])
    if account and concerned(account) and is_within(account) then
        now_counts(name, kept[1])
    end
end

since = since or now
redis.call('HSET', counted, limit, since)
redis.call('DEL', counter)
redis.call('HSET', counter, 'spent', string.format('%.0f', spent), 'held', string.format('%.0f', held),
    'since', since)
redis.call('PEXPIREAT', counter, ARGV[10])
return 1
