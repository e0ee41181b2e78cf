import {
  backend,
  definePlugin,
  type OptionsOf,
  option,
  type Plugin,
  type SecretsBackend,
  variable,
} from "@archestra/secrets-core/plugin";
import { encryptionKey, keyPrefix, redisUrl } from "./setting-schemas.ts";

const settings = {
  url: variable("SECRETS_REDIS_URL", {
    schema: redisUrl,
    schemaMessagesAreSafe: true,
    required: true,
    description: "The address of the primary: `redis://` or `rediss://`, with a user and a database.",
  }),
  password: variable("SECRETS_REDIS_PASSWORD", {
    secret: true,
    live: true,
    description: "The password of the user. It is read again for each new connection.",
  }),
  key: variable("SECRETS_REDIS_KEY", {
    schema: encryptionKey,
    schemaMessagesAreSafe: true,
    secret: true,
    required: true,
    description: "The key that encrypts the values: 32 bytes in base64.",
    remedy: "Generate one with `openssl rand -base64 32`, and keep it for as long as the secrets.",
  }),
  prefix: variable("SECRETS_REDIS_PREFIX", {
    schema: keyPrefix,
    schemaMessagesAreSafe: true,
    default: "secrets",
    description: "The beginning of every key.",
  }),
  pageSize: option<number>({
    description: "How many names one request of a list returns: 100, unless set.",
  }),
};

/** The options of `redisPlugin`: each setting, in code instead of in the environment. */
export type RedisOptions = OptionsOf<typeof settings>;

/** The plugin `REDIS`: secrets in a Redis or a Valkey, each value encrypted. */
export function redisPlugin(options: RedisOptions = {}): Plugin<SecretsBackend> {
  return definePlugin({
    kind: backend,
    id: "REDIS",
    contractVersion: 1,
    options,
    settings,
    create: async (opened, context) => {
      const { openRedisBackend } = await import("./open-redis-backend.ts");
      return openRedisBackend(opened, context);
    },
  });
}
