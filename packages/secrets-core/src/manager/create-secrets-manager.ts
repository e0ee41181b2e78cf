import type { SecretsBackend } from "../backend/backend.ts";
import { givenLogger } from "../backend/given-logger.ts";
import { type Logger, processWarnings } from "../backend/logger.ts";
import { assertBoolean, assertInteger, assertOptions } from "../call/arguments.ts";
import { CallRunner } from "../call/call-runner.ts";
import { RunningCall } from "../call/running-call.ts";
import { attributeError, wrapError } from "../call/wrap-error.ts";
import { ConfigurationError, describeIssue } from "../errors/configuration-error.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { Managers, type OwnerOpeningLimits } from "../ownership/managers.ts";
import type { RoutingStoreOptions } from "../ownership/routing-store.ts";
import { Cleanup } from "../registry/cleanup.ts";
import type { Closing } from "../registry/closing.ts";
import { type FallbackDescription, fallbackWarning } from "../registry/fallback-rule.ts";
import { type ClosableProduct, openPlugin } from "../registry/open-plugin.ts";
import { DEFAULT_START_TIMEOUT, LONGEST_START_TIMEOUT, Opening, startNotEnded } from "../registry/opening.ts";
import { OptionNames } from "../registry/option-names.ts";
import type { Plugin, PluginContext } from "../registry/plugin.ts";
import type { Environment } from "../registry/read-setting.ts";
import type { ResolvedPlugin } from "../registry/resolve-plugin.ts";
import {
  planSecretsManager,
  type Resolution,
  type ResolveOptions,
  type SecretsManagerPlan,
} from "../registry/resolve-secrets-manager.ts";
import { assertSupportedNode } from "../registry/supported-node.ts";
import { BackendHandle } from "../store/backend-handle.ts";
import { type CacheOptions, SecretCache } from "../store/secret-cache.ts";
import type { SecretStore } from "../store/secret-store.ts";
import { SingleStore } from "../store/single-store.ts";
import { OpenedSecretsManager } from "./opened-secrets-manager.ts";
import type { SecretsManager } from "./secrets-manager.ts";

/** The options of `createSecretsManager`. */
export interface CreateSecretsManagerOptions extends ResolveOptions {
  /** The installed plugins, such as `[dbPlugin(), vaultPlugin()]`. */
  readonly plugins: readonly Plugin[];
  /** Environment variables. @default `process.env`, read now */
  readonly env?: Environment | undefined;
  /**
   * Receives messages: a logger of pino, winston, bunyan or Nest, `console`, or an object with `warn(fields, message)`.
   *
   * @default `process.emitWarning` for warnings; successes are not reported
   */
  readonly logger?: Logger | undefined;
  /** The deadline of every call in milliseconds, at most 60 000. @default 30 000 */
  readonly timeout?: number | undefined;
  /** Enables the cache. @default off */
  readonly cache?: CacheOptions | undefined;
  /**
   * The age in milliseconds, by the database's clock, at which this process recovers an unfinished creation, deletion or move of
   * another process. At least 120 000, twice the longest timeout of a process on the same database, so that no change in
   * progress is taken over. At most a day. @default 120 000
   */
  readonly recoveryAge?: number | undefined;
  /**
   * The deadline of the start in milliseconds, which includes migrations and the encryption of imported rows, at most a day. A
   * quarter of it, at most five seconds, is kept for the cleanup of a plugin that is late. After a failed start, plugins that
   * had opened have five more seconds to close. A manager that is opened for a call has at most a minute. @default 600 000
   */
  readonly startTimeout?: number | undefined;
  /** Aborts the start. A plugin that is opening then has five seconds for its cleanup. */
  readonly signal?: AbortSignal | undefined;
}

const DEFAULT_TIMEOUT = 30_000;
const LONGEST_TIMEOUT = 60_000;
const SHORTEST_RECOVERY_AGE = 2 * LONGEST_TIMEOUT;
const LONGEST_RECOVERY_AGE = 24 * 60 * 60_000;

/**
 * Selects the secrets manager from the environment and opens it. After a failure it closes everything that it opened.
 *
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once, before it opens anything
 * @throws SecretsError INVALID_CONFIGURATION, reason NODE_UNSUPPORTED, on an old version of Node, or MODULE_NOT_FOUND for a
 * missing package or file; TIMEOUT, reason OPENING_NOT_ENDED, at the deadline of the start; INTERNAL, reason PLUGIN_BROKEN, for
 * a plugin that violates its contract; any error of the opening plugin, such as DECRYPTION_FAILED for a wrong key or UNAVAILABLE
 * @throws TypeError for invalid options
 * @example
 * const secrets = await createSecretsManager({ plugins: [dbPlugin(), vaultPlugin()] });
 * await secrets.create("github_token", { token });
 * await secrets.close();
 */
export async function createSecretsManager(options: CreateSecretsManagerOptions): Promise<SecretsManager> {
  assertSupportedNode("open");
  assertOptions(options, "createSecretsManager", [
    "plugins",
    "env",
    "logger",
    "timeout",
    "cache",
    "recoveryAge",
    "startTimeout",
    "signal",
    "manager",
    "strict",
    "readFile",
    "onlyVariables",
  ]);
  const {
    plugins,
    env = process.env,
    logger: given = processWarnings,
    timeout = DEFAULT_TIMEOUT,
    startTimeout = DEFAULT_START_TIMEOUT,
    signal,
  } = options;
  assertInteger(timeout, "The option `timeout` of createSecretsManager", 1, LONGEST_TIMEOUT);
  assertInteger(startTimeout, "The option `startTimeout` of createSecretsManager", 1, LONGEST_START_TIMEOUT);
  const recoveryAge = options.recoveryAge ?? SHORTEST_RECOVERY_AGE;
  assertInteger(
    recoveryAge,
    "The option `recoveryAge` of createSecretsManager",
    SHORTEST_RECOVERY_AGE,
    LONGEST_RECOVERY_AGE,
  );
  const printable = givenLogger(given, "createSecretsManager");
  const cache = options.cache === undefined ? undefined : new SecretCache(options.cache);

  if (options.onlyVariables !== undefined) {
    assertBoolean(options.onlyVariables, "The option `onlyVariables` of createSecretsManager");
  }
  const plan = planSecretsManager(plugins, env, options);
  const { resolution } = plan;
  const names = new OptionNames(resolution.settings);
  const logger = names.inLogger(printable);
  const closing = new AbortController();
  const context = { logger, strict: resolution.strict };
  const cleanup = new Cleanup();
  const opening = new Opening({
    timeout: startTimeout,
    signal,
    late: startNotEnded(startTimeout, options.onlyVariables),
    keepsProcess: true,
  });
  try {
    const { selected, tableManager } = await openManagers(plan, context, opening, cleanup);
    const location = selected.backend.location ?? selected.id;
    let store: SecretStore = new SingleStore(selected, cache);
    if (tableManager !== undefined) {
      const { idOf, assertTableManagerConfigured } = plan;
      const open = async (manager: string, limits: OwnerOpeningLimits) => {
        const resolved = plan.resolveOwner(manager);
        names.add(resolved.settings);
        const { signal } = closing;
        const own = new Opening({
          ...limits,
          timeout: Math.min(limits.timeout, startTimeout),
          signal,
          keepsProcess: false,
        });
        const whenAborted = "The secrets manager was closed before the call ended.";
        try {
          return await openBackend(resolved, { ...context, purpose: "secrets" }, own, whenAborted);
        } finally {
          own.end();
        }
      };
      const managers = new Managers(selected, tableManager, { idOf, open, assertTableManagerConfigured });
      cleanup.add(async (end) => {
        // Another manager may still be opening.
        closing.abort();
        await managers.close(end);
      });
      const limits = { timeout: Math.min(timeout, opening.timeLeft), signal };
      store = await openRoutes({ managers, cache, recoveryAge }, logger, limits);
    }
    await warnOfFallback(store, location, resolution, {
      timeout: Math.min(timeout, opening.timeLeft),
      logger,
    });
    const runner = new CallRunner(selected.id, timeout, logger, names);
    const dispose = (end: Closing) => cleanup.run(end);
    return new OpenedSecretsManager({ store, location, dispose, resolution, cache, runner });
  } catch (error) {
    await cleanup.run(opening.closing).catch(() => undefined);
    throw names.inError(error);
  } finally {
    opening.end();
  }
}

type StartContext = Omit<PluginContext, "purpose" | "signal">;

/**
 * Opens the selected manager, and before it the one that keeps the ownership table.
 *
 * @returns `tableManager`: the selected manager or another one. Undefined: there is no ownership table
 */
async function openManagers(
  { selected, ownership, resolution }: SecretsManagerPlan,
  context: StartContext,
  opening: Opening,
  cleanup: Cleanup,
): Promise<{ readonly selected: BackendHandle; readonly tableManager: BackendHandle | undefined }> {
  const open = async (plan: ResolvedPlugin, added: Pick<PluginContext, "purpose" | "opensDegraded">) => {
    const whenAborted = "The start was aborted by its signal.";
    const opened = openBackend(plan, { ...context, ...added }, opening, whenAborted);
    const { product, dispose } = await opened.catch((error: unknown) => {
      throw startError(error, plan.plugin.id, plan === selected ? resolution.fallback : undefined);
    });
    cleanup.add(dispose);
    return new BackendHandle(plan.plugin.id, product);
  };
  if (ownership === undefined || ownership === selected) {
    const opened = await open(selected, { purpose: "secrets" });
    return { selected: opened, tableManager: ownership && opened };
  }
  const tableManager = await open(ownership, { purpose: "ownership" });
  const opensDegraded = !resolution.strict;
  return { selected: await open(selected, { purpose: "secrets", opensDegraded }), tableManager };
}

/** Opens a manager. The errors of opening and closing it name the manager. */
async function openBackend(
  plan: ResolvedPlugin,
  context: Omit<PluginContext, "signal">,
  opening: Opening,
  whenAborted: string,
): Promise<ClosableProduct<SecretsBackend>> {
  const { id } = plan.plugin;
  try {
    const { product, dispose } = await openPlugin<SecretsBackend>(plan, context, opening);
    const attributed = (error: unknown) => {
      throw attributeError(error, id, product);
    };
    return { product, dispose: (closing) => dispose(closing).catch(attributed) };
  } catch (error) {
    const { aborted, reason } = opening.signal;
    if (!aborted || isSecretsError(error)) throw attributeError(error, id, {});
    throw isSecretsError(reason) ? reason : new SecretsError("ABORTED", whenAborted);
  }
}

/** Loads the code that routes calls, which only starts with an ownership table need. */
async function openRoutes(
  options: RoutingStoreOptions,
  logger: Logger,
  { timeout, signal }: { readonly timeout: number; readonly signal: AbortSignal | undefined },
): Promise<SecretStore> {
  try {
    const { openRoutingStore } = await import("../routing.ts");
    const running = new RunningCall({ timeout, reserve: 0 }, logger, signal);
    return await running.run(() => openRoutingStore(options, running));
  } catch (error) {
    throw wrapError(error, { operation: "open", manager: options.managers.tableManager.id });
  }
}

function startError(
  error: unknown,
  manager: string,
  fallback: FallbackDescription | undefined,
): SecretsError {
  const failure = wrapError(error, { operation: "open", manager });
  // An unavailable database keeps its retryable code.
  if (fallback === undefined || failure.code === "ABORTED" || failure.retryable) return failure;
  // The message also explains why the fallback was opened.
  return new ConfigurationError(
    `The secrets manager ${fallback.from} is not configured, and its fallback ${fallback.to} cannot be opened.`,
    [...fallback.missing, { problem: "invalid", plugin: fallback.to, expected: failure.message }],
  );
}

/** Warns of the missing settings, the store in use, and earlier secrets that are not visible. */
async function warnOfFallback(
  store: SecretStore,
  destination: string,
  { fallback, requestedBy }: Resolution,
  { timeout, logger }: { readonly timeout: number; readonly logger: Logger },
): Promise<void> {
  if (fallback === undefined) return;
  const running = new RunningCall({ timeout, reserve: 0 }, logger, undefined);
  let isEmpty = false;
  try {
    isEmpty = await running.run(async () => {
      const entries = store.list({ prefix: "", limit: 1 }, running);
      const { done } = await entries.next();
      await entries.return?.();
      return done === true;
    });
  } catch {
    // The first call reports the failure.
  }
  const missing = fallback.missing.map(describeIssue);
  logger.warn(
    { code: "ARCHESTRA_SECRETS_FALLBACK", from: fallback.from, to: fallback.to, missing, destination },
    fallbackWarning(fallback, requestedBy, { destination, isEmpty }),
  );
}
