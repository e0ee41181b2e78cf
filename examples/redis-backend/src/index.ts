export { type RedisOptions, redisPlugin } from "./redis-plugin.ts";
