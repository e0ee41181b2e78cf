import type { SecretsBackend } from "../backend/backend.ts";
import { type Logger, processWarnings } from "../backend/logger.ts";
import { ConfigurationError, describeIssue } from "../errors/configuration-error.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import type { Environment } from "../registry/environment.ts";
import { type FallbackDescription, fallbackWarning } from "../registry/fallback-rule.ts";
import { type OpenedPlugin, openPlugin } from "../registry/open-plugin.ts";
import type { Plugin, PluginContext } from "../registry/plugin.ts";
import type { ResolvedPlugin } from "../registry/resolve-plugin.ts";
import { planSecretsManager, type ResolveOptions } from "../registry/resolve-secrets-manager.ts";
import { assertInteger, assertOptions } from "./arguments.ts";
import { Operation } from "./operation.ts";
import { type CacheOptions, SecretCache } from "./secret-cache.ts";
import { SecretsManager } from "./secrets-manager.ts";
import { wrapError } from "./wrap-error.ts";

/** What `createSecretsManager` takes. */
export interface CreateSecretsManagerOptions extends ResolveOptions {
  /** The installed plugins, such as `[dbPlugin(), vaultPlugin()]`. */
  readonly plugins: readonly Plugin[];
  /** Environment variables. @default `process.env`, read now */
  readonly env?: Environment | undefined;
  /** Where warnings go; a pino logger fits. @default `process.emitWarning` */
  readonly logger?: Logger | undefined;
  /** The deadline of every call in milliseconds, at most 60 000. @default 30 000 */
  readonly timeout?: number | undefined;
  /** Turns the cache on. @default off */
  readonly cache?: CacheOptions | undefined;
  /** Ends the start. Absent: it ends by itself. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT = 30_000;
const LONGEST_TIMEOUT = 60_000;

/**
 * Chooses the secrets manager by the environment and opens it. What opened before a failure is closed again.
 *
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once, before anything is opened
 * @throws SecretsError what the plugin meets when it opens, such as DECRYPTION_FAILED for a wrong key or UNAVAILABLE
 * @throws TypeError for options that no configuration can mend
 */
export async function createSecretsManager(options: CreateSecretsManagerOptions): Promise<SecretsManager> {
  assertOptions(options, "createSecretsManager", [
    "plugins",
    "env",
    "logger",
    "timeout",
    "cache",
    "signal",
    "manager",
    "strict",
    "readFile",
  ]);
  const { plugins, env = process.env, logger = processWarnings, timeout = DEFAULT_TIMEOUT, signal } = options;
  assertInteger(timeout, "The option `timeout` of createSecretsManager", 1, LONGEST_TIMEOUT);
  if (typeof logger?.warn !== "function") {
    throw new TypeError(
      "The option `logger` of createSecretsManager must have a method `warn(fields, message)`.",
    );
  }
  const cache = options.cache === undefined ? undefined : new SecretCache(options.cache);

  const { resolution, plan } = planSecretsManager(plugins, env, options);
  const context = { logger, strict: resolution.strict, signal: signal ?? new AbortController().signal };
  const opened = await openBackend(plan, context, resolution.fallback);
  if (resolution.fallback !== undefined) {
    await warnOfFallback(opened, resolution.fallback, timeout, logger);
  }
  return new SecretsManager({
    backend: opened.product,
    dispose: opened.dispose,
    resolution,
    timeout,
    cache,
    logger,
  });
}

async function openBackend(
  plan: ResolvedPlugin,
  context: PluginContext,
  fallback: FallbackDescription | undefined,
): Promise<OpenedPlugin<SecretsBackend>> {
  try {
    return await openPlugin<SecretsBackend>(plan, context);
  } catch (error) {
    const failure = startError(error, plan.plugin.id, context.signal);
    // A database that is only down keeps its code: the start can be tried again as it is.
    if (fallback === undefined || failure.code === "ABORTED" || failure.retryable) throw failure;
    // The substitute failed: whoever reads this must also learn why it was tried at all.
    throw new ConfigurationError(
      `The secrets manager ${fallback.from} is not configured, and ${fallback.to}, which would take over, does not open.`,
      [...fallback.missing, { problem: "invalid", plugin: fallback.to, expected: failure.message }],
    );
  }
}

/** One warning: what is missing, which store receives the secrets, and whether older ones have become invisible. */
async function warnOfFallback(
  opened: OpenedPlugin<SecretsBackend>,
  fallback: FallbackDescription,
  timeout: number,
  logger: Logger,
): Promise<void> {
  const { product: backend } = opened;
  const operation = new Operation({ timeout, reserve: 0 }, logger, undefined);
  let isEmpty = false;
  try {
    isEmpty = await operation.run(async () => {
      for await (const _ of backend.list({ prefix: "", limit: 1 }, operation)) return false;
      return true;
    });
  } catch {
    // Whether it is empty only adds a sentence; a store that cannot tell will say so at the first call.
  }
  const destination = backend.location ?? fallback.to;
  const missing = fallback.missing.map(describeIssue);
  logger.warn(
    { code: "ARCHESTRA_SECRETS_FALLBACK", from: fallback.from, to: fallback.to, missing, destination },
    fallbackWarning(fallback, destination, isEmpty),
  );
}

function startError(error: unknown, manager: string, signal: AbortSignal): SecretsError {
  const isAbort = signal.aborted && !isSecretsError(error);
  const reason = isAbort ? new SecretsError("ABORTED", "The start was aborted by its signal.") : error;
  return wrapError(reason, { operation: "open", manager });
}
