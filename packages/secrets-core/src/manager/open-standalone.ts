import { givenLogger } from "../backend/given-logger.ts";
import { type Logger, processWarnings } from "../backend/logger.ts";
import { assertBoolean, assertInteger, assertOptions } from "../call/arguments.ts";
import { wrapError } from "../call/wrap-error.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import type { CleanupStep } from "../registry/cleanup.ts";
import { Closing } from "../registry/closing.ts";
import { type OpenedPlugin, openPlugin } from "../registry/open-plugin.ts";
import { DEFAULT_START_TIMEOUT, LONGEST_START_TIMEOUT, Opening, startNotEnded } from "../registry/opening.ts";
import { OptionNames } from "../registry/option-names.ts";
import type { Plugin } from "../registry/plugin.ts";
import { PluginRegistry } from "../registry/plugin-registry.ts";
import { type Environment, readSetting } from "../registry/read-setting.ts";
import { readTextFile } from "../registry/read-text-file.ts";
import { resolvePlugin } from "../registry/resolve-plugin.ts";
import { coreSettings } from "../registry/resolve-secrets-manager.ts";
import { assertSupportedNode } from "../registry/supported-node.ts";

/** Milliseconds that a tool gives a plugin to close. */
const DISPOSE_TIMEOUT = 10_000;

/** The options of `openStandalone`. */
export interface StandaloneOptions {
  /** Environment variables. @default `process.env`, read now */
  readonly env?: Environment | undefined;
  /**
   * Receives messages: a logger of pino, winston, bunyan or Nest, `console`, or an object with `warn(fields, message)`.
   *
   * @default `process.emitWarning` for warnings; successes are not reported
   */
  readonly logger?: Logger | undefined;
  /** Whether strict mode is on. @default the value of `ARCHESTRA_SECRETS_STRICT`, else false */
  readonly strict?: boolean | undefined;
  /** Reads a file that a `NAME_FILE` variable names. @default `fs.readFileSync` as UTF-8, which waits two seconds for a pipe */
  readonly readFile?: ((path: string) => string) | undefined;
  /**
   * Whether messages name only the variable of a setting, and not its option: for a program whose users set variables and write
   * no code. @default false
   */
  readonly onlyVariables?: boolean | undefined;
  /** The deadline of the opening in milliseconds, at most a day. @default 600 000 */
  readonly startTimeout?: number | undefined;
  /** Aborts the opening. A plugin then has five seconds for its cleanup. */
  readonly signal?: AbortSignal | undefined;
  /** The plugins that the slots of the plugin can choose, such as authentication methods. @default none */
  readonly plugins?: readonly Plugin[] | undefined;
}

/**
 * Opens one plugin without a manager, for a tool that uses the configuration of an application. It reads the settings as a start
 * does.
 *
 * @returns the product of the plugin, and a function that closes it
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError any error of the opening plugin
 * @throws TypeError for an unknown option
 * @example
 * const { product: backend, dispose } = await openStandalone(dbPlugin());
 */
export async function openStandalone<Product>(
  plugin: Plugin<Product>,
  options: StandaloneOptions = {},
): Promise<OpenedPlugin<Product>> {
  assertSupportedNode("open");
  assertOptions(options, `opening ${plugin.id}`, [
    "env",
    "logger",
    "strict",
    "readFile",
    "onlyVariables",
    "startTimeout",
    "signal",
    "plugins",
  ]);
  const {
    env = process.env,
    plugins = [],
    readFile = readTextFile,
    onlyVariables,
    startTimeout = DEFAULT_START_TIMEOUT,
    signal,
  } = options;
  const subject = `The option \`startTimeout\` of opening ${plugin.id}`;
  assertInteger(startTimeout, subject, 1, LONGEST_START_TIMEOUT);
  if (onlyVariables !== undefined) {
    assertBoolean(onlyVariables, `The option \`onlyVariables\` of opening ${plugin.id}`);
  }
  const logger = givenLogger(options.logger ?? processWarnings, `opening ${plugin.id}`);
  const reader = { env, readFile, onlyVariables };
  const strict = readSetting({ declaration: coreSettings.strict, given: options.strict }, reader);
  const resolved = resolvePlugin(plugin, registryWith(plugin, plugins), reader);
  const issues = strict.issue === undefined ? resolved.issues : [strict.issue, ...resolved.issues];
  if (issues.length > 0) {
    throw new ConfigurationError(`The plugin ${plugin.id} cannot be opened as configured.`, issues);
  }
  const names = new OptionNames(resolved.settings);
  const isStrict = strict.issue === undefined && strict.value === true;
  const context = { logger: names.inLogger(logger), strict: isStrict, purpose: "secrets" } as const;
  const late = startNotEnded(startTimeout, onlyVariables);
  const opening = new Opening({ timeout: startTimeout, signal, late, keepsProcess: true });
  try {
    const { product, dispose } = await openPlugin<Product>(resolved, context, opening);
    return { product, dispose: () => disposeInTime(dispose) };
  } catch (error) {
    throw names.inError(wrapError(error, { operation: "open", manager: plugin.id }));
  } finally {
    opening.end();
  }
}

/** With the plugin in the place of one of the same kind and id. */
function registryWith(plugin: Plugin, plugins: readonly Plugin[]): PluginRegistry {
  const isOther = ({ kind, id }: Plugin) => kind.id !== plugin.kind.id || id !== plugin.id;
  return new PluginRegistry([plugin, ...plugins.filter(isOther)]);
}

async function disposeInTime(dispose: CleanupStep): Promise<void> {
  const closing = new Closing(DISPOSE_TIMEOUT);
  await dispose(closing);
  closing.assertEnded();
}
