import { givenLogger } from "../backend/given-logger.ts";
import { type Logger, processWarnings } from "../backend/logger.ts";
import { assertOptions } from "../call/arguments.ts";
import { wrapError } from "../call/wrap-error.ts";
import { ConfigurationError } from "../errors/configuration-error.ts";
import { type OpenedPlugin, openPlugin } from "../registry/open-plugin.ts";
import { OptionNames } from "../registry/option-names.ts";
import type { Plugin } from "../registry/plugin.ts";
import { PluginRegistry } from "../registry/plugin-registry.ts";
import { type Environment, readSetting } from "../registry/read-setting.ts";
import { readTextFile } from "../registry/read-text-file.ts";
import { resolvePlugin } from "../registry/resolve-plugin.ts";
import { coreSettings } from "../registry/resolve-secrets-manager.ts";
import { assertSupportedNode } from "../registry/supported-node.ts";

/** What `openStandalone` takes beside the plugin. */
export interface StandaloneOptions {
  /** Environment variables. @default `process.env`, read now */
  readonly env?: Environment | undefined;
  /**
   * Where messages go: a logger of pino, winston, bunyan or Nest, `console`, or an object with `warn(fields, message)`.
   *
   * @default `process.emitWarning` for warnings; successes are not reported
   */
  readonly logger?: Logger | undefined;
  /** Whether strict mode is on. @default what `ARCHESTRA_SECRETS_STRICT` says, else false */
  readonly strict?: boolean | undefined;
  /** Reads a file that a `NAME_FILE` variable names. @default `fs.readFileSync` as UTF-8, which waits two seconds for a pipe */
  readonly readFile?: ((path: string) => string) | undefined;
  /** Ends the opening. Absent: it ends by itself. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Opens one plugin without a manager, with its settings read as a start reads them: for a tool that works beside an
 * application on the same configuration. Plugins with slots need a manager.
 *
 * @returns what the plugin made, and how to end it
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError what the plugin meets when it opens
 * @throws TypeError for an unknown option
 */
export async function openStandalone<Product>(
  plugin: Plugin<Product>,
  options: StandaloneOptions = {},
): Promise<OpenedPlugin<Product>> {
  assertSupportedNode("open");
  assertOptions(options, `opening ${plugin.id}`, ["env", "logger", "strict", "readFile", "signal"]);
  const { env = process.env, readFile = readTextFile } = options;
  const logger = givenLogger(options.logger ?? processWarnings, `opening ${plugin.id}`);
  const signal = options.signal ?? new AbortController().signal;
  const reader = { env, readFile };
  const strict = readSetting({ declaration: coreSettings.strict, given: options.strict }, reader);
  const resolved = resolvePlugin(plugin, new PluginRegistry([plugin]), reader);
  const issues = strict.issue === undefined ? resolved.issues : [strict.issue, ...resolved.issues];
  if (issues.length > 0) {
    throw new ConfigurationError(`The plugin ${plugin.id} cannot be opened as configured.`, issues);
  }
  const names = new OptionNames(resolved.settings);
  const isStrict = strict.issue === undefined && strict.value === true;
  try {
    return await openPlugin<Product>(resolved, {
      logger: names.inLogger(logger),
      strict: isStrict,
      signal,
      purpose: "secrets",
    });
  } catch (error) {
    throw names.inError(wrapError(error, { operation: "open", manager: plugin.id }));
  }
}
