import { refused, settingSchema } from "@archestra/secrets-core/plugin";

/** The address of a Redis: `redis://` or `rediss://` for TLS, with a user and a database, and without a password. */
export const redisUrl = settingSchema<URL>((input) => {
  const url = typeof input === "string" && URL.canParse(input) ? new URL(input) : undefined;
  const isAddress =
    url !== undefined &&
    ["redis:", "rediss:"].includes(url.protocol) &&
    url.hostname !== "" &&
    /^\/?\d*$/.test(url.pathname) &&
    url.search === "" &&
    url.hash === "";
  if (!isAddress) return refused("must be an address such as `rediss://user@redis.example:6379/0`");
  if (url.password !== "") return refused("must not contain the password: set SECRETS_REDIS_PASSWORD");
  return { value: url };
});

/** 32 bytes in base64. */
export const encryptionKey = settingSchema<Buffer>((input) => {
  const text = typeof input === "string" ? input.trim() : "";
  const key = Buffer.from(text, "base64");
  return key.length === 32 && key.toString("base64") === text
    ? { value: key }
    : refused("must be 32 random bytes in base64");
});

/** The beginning of every key, in braces, so that all keys are in one slot of a cluster. */
export const keyPrefix = settingSchema<string>((input) =>
  typeof input === "string" && /^[a-z0-9][a-z0-9._:-]{0,63}$/i.test(input)
    ? { value: input }
    : refused("must consist of at most 64 letters, digits and the characters `._:-`"),
);
