import { KEY } from "./redis-server.ts";

/** Texts of the variables that the plugin accepts and refuses. */
export const settingTexts = {
  accepted: {
    SECRETS_REDIS_URL: "rediss://user@redis.example:6379/0",
    SECRETS_REDIS_PASSWORD: "not-a-real-password",
    SECRETS_REDIS_KEY: KEY,
    SECRETS_REDIS_PREFIX: "application",
  },
  refused: {
    SECRETS_REDIS_URL: "https://redis.example",
    SECRETS_REDIS_KEY: "c2hvcnQ=",
    SECRETS_REDIS_PREFIX: "{a}",
  },
};
