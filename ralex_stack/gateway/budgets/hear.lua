-- Keep the provider's id of an answer that has begun, should nobody be left to settle the call.
--
-- KEYS: reservation
-- ARGV: the provider's id

if redis.call('EXISTS', KEYS[1]) == 1 then
    redis.call('HSET', KEYS[1], 'generation', ARGV[1])
end
