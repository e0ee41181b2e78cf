import {
  defineKind,
  definePlugin,
  isSecretsError,
  type OptionsOf,
  openStandalone,
  type PluginContext,
  type SecretsBackend,
  SecretsError,
  type SettingDeclarations,
  type SettingsOf,
  type StandaloneOptions,
  wrapError,
} from "@archestra/secrets-core/plugin";

/**
 * Reads settings of `dbPlugin` as a start does, and runs a function with them outside of a manager.
 *
 * @param kind the kind of the result, for messages
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 */
export async function runWithSettings<const Settings extends SettingDeclarations, Result>(
  kind: string,
  settings: Settings,
  options: OptionsOf<Settings>,
  standalone: StandaloneOptions,
  run: (settings: SettingsOf<Settings>, context: PluginContext) => Promise<Result>,
): Promise<Result> {
  const plugin = definePlugin({
    kind: defineKind<Result>(kind),
    id: "DB",
    contractVersion: 1,
    options,
    settings,
    create: (given, context) => run(given, context) as Promise<NoInfer<Result>>,
  });
  return (await openStandalone(plugin, standalone)).product;
}

/**
 * Waits for a part of this package that a call outside of a manager loads, with the libraries that the part needs.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason MODULE_NOT_FOUND, when a package or a file is missing
 */
export async function loadPart<Part>(operation: string, part: Promise<Part>): Promise<Part> {
  try {
    return await part;
  } catch (error) {
    throw wrapError(error, { operation, manager: "DB" });
  }
}

/**
 * Runs a call outside of a manager, whose errors are those of a manager's call.
 *
 * @param backend classifies the errors of the database
 */
export async function runCall<Result>(
  operation: string,
  signal: AbortSignal,
  backend: Pick<SecretsBackend, "classify" | "location">,
  run: () => Promise<Result>,
): Promise<Result> {
  try {
    signal.throwIfAborted();
    return await run();
  } catch (error) {
    const isAbort = signal.aborted && !isSecretsError(error);
    const message =
      "The call was ended by its signal. Its completed steps are kept. Call it again to continue.";
    const cause = isAbort ? new SecretsError("ABORTED", message) : error;
    throw wrapError(cause, { operation, manager: "DB" }, backend);
  }
}
