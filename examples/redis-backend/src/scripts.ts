/*
 * Scripts run in Redis as one step, so their conditions hold for every client. KEYS: the hash of the secret, and the sorted
 * set of all names, whose members Redis orders by their bytes. A name is added to the set before its hash is written, and
 * removed after the hash, so a script that fails in between leaves a name without a secret, which a list omits.
 */

/** ARGV: expectation, expected version, name, new version, encrypted value, time. Returns the outcome and the time of creation. */
export const WRITE = `
local kind = redis.call("TYPE", KEYS[1]).ok
local version = kind == "hash" and redis.call("HGET", KEYS[1], "version")
if kind ~= "none" then
  if ARGV[1] == "absent" then return {"exists"} end
  if ARGV[1] == "version" and version ~= ARGV[2] then return {"changed"} end
elseif ARGV[1] == "present" or ARGV[1] == "version" then
  return {"missing"}
end
local created = kind == "hash" and redis.call("HGET", KEYS[1], "created") or ARGV[6]
redis.call("ZADD", KEYS[2], 0, ARGV[3])
if kind ~= "hash" and kind ~= "none" then redis.call("DEL", KEYS[1]) end
redis.call("HSET", KEYS[1], "version", ARGV[4], "value", ARGV[5], "created", created, "updated", ARGV[6])
return {"written", created}
`;

/** ARGV: expectation, expected version, name. Returns the outcome. */
export const DELETE = `
local kind = redis.call("TYPE", KEYS[1]).ok
if kind == "none" then
  redis.call("ZREM", KEYS[2], ARGV[3])
  return {"missing"}
end
local version = kind == "hash" and redis.call("HGET", KEYS[1], "version")
if ARGV[1] == "version" and version ~= ARGV[2] then return {"changed"} end
redis.call("DEL", KEYS[1])
redis.call("ZREM", KEYS[2], ARGV[3])
return {"deleted"}
`;

/** ARGV: lowest and highest name as in ZRANGEBYLEX, count, beginning of the hashes. Returns an entry for each name. */
export const LIST = `
local page = {}
for _, name in ipairs(redis.call("ZRANGEBYLEX", KEYS[1], ARGV[1], ARGV[2], "LIMIT", 0, ARGV[3])) do
  local key = ARGV[4] .. name
  local kind = redis.call("TYPE", key).ok
  local fields = kind == "hash" and redis.call("HMGET", key, "version", "created", "updated") or {}
  table.insert(page, {name, kind == "none" and 0 or 1, fields[1] or "", fields[2] or "", fields[3] or ""})
end
return page
`;
