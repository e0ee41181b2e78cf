import type { SecretsBackend } from "../backend/backend.ts";
import { givenLogger } from "../backend/given-logger.ts";
import { type Logger, processWarnings } from "../backend/logger.ts";
import { assertInteger, assertOptions } from "../call/arguments.ts";
import { CallRunner, RunningCall } from "../call/running-call.ts";
import { attributeError, wrapError } from "../call/wrap-error.ts";
import { ConfigurationError, describeIssue } from "../errors/configuration-error.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { Managers } from "../ownership/managers.ts";
import { type FallbackDescription, fallbackWarning } from "../registry/fallback-rule.ts";
import { type OpenedPlugin, openPlugin } from "../registry/open-plugin.ts";
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
  /** Aborts the start. */
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
 * missing package or file; any error of the opening plugin, such as DECRYPTION_FAILED for a wrong key or UNAVAILABLE
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
    "signal",
    "manager",
    "strict",
    "readFile",
  ]);
  const {
    plugins,
    env = process.env,
    logger: given = processWarnings,
    timeout = DEFAULT_TIMEOUT,
    signal,
  } = options;
  assertInteger(timeout, "The option `timeout` of createSecretsManager", 1, LONGEST_TIMEOUT);
  const recoveryAge = options.recoveryAge ?? SHORTEST_RECOVERY_AGE;
  assertInteger(
    recoveryAge,
    "The option `recoveryAge` of createSecretsManager",
    SHORTEST_RECOVERY_AGE,
    LONGEST_RECOVERY_AGE,
  );
  const printable = givenLogger(given, "createSecretsManager");
  const cache = options.cache === undefined ? undefined : new SecretCache(options.cache);

  const plan = planSecretsManager(plugins, env, options);
  const names = new OptionNames(plan.resolution.settings);
  const logger = names.inLogger(printable);
  const closing = new AbortController();
  const context: Omit<PluginContext, "purpose"> = {
    logger,
    strict: plan.resolution.strict,
    signal: signal ?? closing.signal,
  };
  const opened = await openManagers(plan, context).catch((error: unknown) => {
    throw names.inError(error);
  });
  try {
    const { store, dispose } = await openStore(plan, opened, {
      context,
      closing,
      cache,
      timeout,
      recoveryAge,
      names,
    });
    const { manager } = plan.resolution;
    const location = opened.selected.product.location ?? manager;
    await warnOfFallback(store, location, plan.resolution, { timeout, logger });
    return new OpenedSecretsManager({
      store,
      location,
      dispose,
      resolution: plan.resolution,
      cache,
      runner: new CallRunner(manager, timeout, logger, names),
    });
  } catch (error) {
    await disposeAll(opened).catch(() => undefined);
    throw names.inError(error);
  }
}

/** The managers that a start opens. */
interface OpenedManagers {
  readonly selected: OpenedPlugin<SecretsBackend>;
  /** Keeps the ownership table: the selected manager or another one. Undefined: there is no ownership table. */
  readonly tableManager: OpenedPlugin<SecretsBackend> | undefined;
}

async function openManagers(
  { selected, ownership, resolution }: SecretsManagerPlan,
  context: Omit<PluginContext, "purpose">,
): Promise<OpenedManagers> {
  if (ownership === undefined || ownership === selected) {
    const opened = await openBackend(selected, { ...context, purpose: "secrets" }, resolution.fallback);
    return { selected: opened, tableManager: ownership === undefined ? undefined : opened };
  }
  const tableManager = await openBackend(ownership, { ...context, purpose: "ownership" }, undefined);
  try {
    const opensDegraded = !resolution.strict;
    const selectedContext: PluginContext = { ...context, purpose: "secrets", opensDegraded };
    return { selected: await openBackend(selected, selectedContext, undefined), tableManager };
  } catch (error) {
    await tableManager.dispose().catch(() => undefined);
    throw error;
  }
}

/** Closes external managers first and the database last. */
async function disposeAll({ selected, tableManager }: OpenedManagers): Promise<void> {
  try {
    await selected.dispose();
  } finally {
    if (tableManager !== undefined && tableManager !== selected) await tableManager.dispose();
  }
}

async function openStore(
  plan: SecretsManagerPlan,
  opened: OpenedManagers,
  parts: {
    readonly context: Omit<PluginContext, "purpose">;
    readonly closing: AbortController;
    readonly cache: SecretCache | undefined;
    readonly timeout: number;
    readonly recoveryAge: number;
    readonly names: OptionNames;
  },
): Promise<{ readonly store: SecretStore; readonly dispose: () => Promise<void> }> {
  const { context, closing, cache, timeout, recoveryAge, names } = parts;
  const selected = new BackendHandle(plan.resolution.manager, opened.selected.product);
  if (opened.tableManager === undefined || plan.ownership === undefined) {
    return { store: new SingleStore(selected, cache), dispose: () => disposeAll(opened) };
  }
  const tableManager =
    opened.tableManager === opened.selected
      ? selected
      : new BackendHandle(plan.ownership.plugin.id, opened.tableManager.product);
  const managers = new Managers(selected, tableManager, {
    idOf: plan.idOf,
    open: async (manager, late) => {
      const signal = AbortSignal.any([closing.signal, late]);
      const resolved = plan.resolveOwner(manager);
      names.add(resolved.settings);
      return openOwner(resolved, { ...context, signal, purpose: "secrets" });
    },
    assertTableManagerConfigured: plan.assertTableManagerConfigured,
  });
  const running = new RunningCall({ timeout, reserve: 0 }, context.logger, context.signal);
  try {
    // Loaded only if there is an ownership table.
    const { openRoutingStore } = await import("../routing.ts");
    const store = await running.run(() => openRoutingStore({ managers, cache, recoveryAge }, running));
    const dispose = async () => {
      closing.abort();
      try {
        await managers.close();
      } finally {
        await disposeAll(opened);
      }
    };
    return { store, dispose };
  } catch (error) {
    const failure = startError(error, tableManager.id, context.signal);
    // An owner may still be opening.
    closing.abort();
    await managers.close().catch(() => undefined);
    throw failure;
  }
}

/** Opens a manager that is not selected, for a call, which adds itself to the error. */
async function openOwner(
  plan: ResolvedPlugin,
  context: PluginContext,
): Promise<OpenedPlugin<SecretsBackend>> {
  try {
    return await openAttributed(plan, context);
  } catch (error) {
    if (context.signal.aborted && !isSecretsError(error)) {
      throw new SecretsError("ABORTED", "The secrets manager was closed before the call ended.");
    }
    throw attributeError(error, plan.plugin.id, {});
  }
}

async function openAttributed(
  plan: ResolvedPlugin,
  context: PluginContext,
): Promise<OpenedPlugin<SecretsBackend>> {
  const { product, dispose } = await openPlugin<SecretsBackend>(plan, context);
  const { id } = plan.plugin;
  return {
    product,
    dispose: () =>
      dispose().catch((error: unknown) => {
        throw attributeError(error, id, product);
      }),
  };
}

async function openBackend(
  plan: ResolvedPlugin,
  context: PluginContext,
  fallback: FallbackDescription | undefined,
): Promise<OpenedPlugin<SecretsBackend>> {
  try {
    return await openAttributed(plan, context);
  } catch (error) {
    const failure = startError(error, plan.plugin.id, context.signal);
    // An unavailable database keeps its retryable code.
    if (fallback === undefined || failure.code === "ABORTED" || failure.retryable) throw failure;
    // The message also explains why the fallback was opened.
    throw new ConfigurationError(
      `The secrets manager ${fallback.from} is not configured, and its fallback ${fallback.to} cannot be opened.`,
      [...fallback.missing, { problem: "invalid", plugin: fallback.to, expected: failure.message }],
    );
  }
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

function startError(error: unknown, manager: string, signal: AbortSignal): SecretsError {
  const isAbort = signal.aborted && !isSecretsError(error);
  const reason = isAbort ? new SecretsError("ABORTED", "The start was aborted by its signal.") : error;
  return wrapError(reason, { operation: "open", manager });
}
