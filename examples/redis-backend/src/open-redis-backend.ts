import {
  isSecretsError,
  type PluginContext,
  type SecretsBackend,
  SecretsError,
} from "@archestra/secrets-core/plugin";
import { ConnectionPool } from "./connection-pool.ts";
import { RedisBackend } from "./redis-backend.ts";
import { codeOfRedisError } from "./redis-error.ts";
import { NO_INFO, serverProblems } from "./server-state.ts";
import { ValueCipher } from "./value-cipher.ts";

/** How long a start waits for a Redis that does not answer. */
const START_MILLISECONDS = 5_000;
const CODE = "SECRETS_REDIS";
const PAGE_SIZE = 100;

export interface OpenedSettings {
  readonly url: URL;
  readonly password: (() => Promise<string>) | undefined;
  readonly key: Buffer;
  readonly prefix: string;
  readonly pageSize?: number | undefined;
}

/**
 * Opens the backend and checks the server once. A server that is unreachable is a warning, and calls fail until it is there. One
 * that would lose secrets, or refuses the credentials, stops the start.
 */
export async function openRedisBackend(
  { url, password, key, prefix, pageSize = PAGE_SIZE }: OpenedSettings,
  context: PluginContext,
): Promise<SecretsBackend> {
  const pool = new ConnectionPool({ url, password });
  try {
    await checkServer(pool, context);
  } catch (error) {
    pool.close();
    throw error;
  }
  const database = url.pathname.slice(1) || "0";
  const location = `${url.protocol}//${url.host}/${database}`;
  return new RedisBackend(pool, new ValueCipher(key), { location, database, prefix, pageSize });
}

async function checkServer(pool: ConnectionPool, context: PluginContext): Promise<void> {
  const warn = (message: string) => context.logger.warn({ code: CODE }, message);
  try {
    const limit = AbortSignal.timeout(START_MILLISECONDS);
    const info = await pool.send(["INFO"], AbortSignal.any([context.signal, limit]));
    for (const { message } of serverProblems(info)) {
      if (/maxmemory/.test(message) && !context.opensDegraded)
        throw new SecretsError("INVALID_CONFIGURATION", message);
      warn(message);
    }
  } catch (error) {
    context.signal.throwIfAborted();
    if (isSecretsError(error)) throw error;
    const code = codeOfRedisError(error) ?? "UNAVAILABLE";
    if (code === "PERMISSION_DENIED") {
      warn(NO_INFO);
    } else if (code === "UNAVAILABLE" || context.opensDegraded) {
      warn(`Redis does not serve requests now (${code}). Calls fail until it does.`);
    } else {
      throw new SecretsError(code, messageOf(code), { cause: error });
    }
  }
}

function messageOf(code: string): string {
  return code === "UNAUTHENTICATED"
    ? "Redis refuses the credentials. Correct the user in SECRETS_REDIS_URL, or SECRETS_REDIS_PASSWORD."
    : "Redis refuses the connection. Correct SECRETS_REDIS_URL.";
}
