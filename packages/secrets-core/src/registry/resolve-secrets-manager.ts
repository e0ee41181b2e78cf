import { ConfigurationError, type ConfigurationIssue } from "../errors/configuration-error.ts";
import { printableText } from "../errors/printable-text.ts";
import { applyFallback, type FallbackDescription } from "./fallback-rule.ts";
import { backend } from "./kind.ts";
import type { Plugin } from "./plugin.ts";
import { PluginRegistry, packageOfPlugin } from "./plugin-registry.ts";
import {
  type Environment,
  type EnvironmentReader,
  type ReadSetting,
  readSetting,
  type SettingRequest,
  type SettingSource,
} from "./read-setting.ts";
import { readTextFile } from "./read-text-file.ts";
import { type ResolvedPlugin, resolvePlugin, type SettingDescription } from "./resolve-plugin.ts";
import { type VariableDeclaration, variable } from "./setting.ts";
import { booleanSetting } from "./setting-schemas.ts";

/** The variables that core itself reads. */
export const coreSettings = Object.freeze({
  manager: variable("ARCHESTRA_SECRETS_MANAGER", {
    default: "DB",
    description: "Selects the secrets manager that stores new secrets, such as `DB` or `VAULT`.",
  }) as VariableDeclaration,
  strict: variable("ARCHESTRA_SECRETS_STRICT", {
    schema: booleanSetting,
    default: "false",
    description:
      "Disables the fallback to another manager, and turns warnings about risky configuration into errors.",
  }) as VariableDeclaration,
});

const HEADLINE = "The secrets manager cannot be started as configured.";

/** The options of `resolveSecretsManager`. */
export interface ResolveOptions {
  /** The id of the manager. @default the value of `ARCHESTRA_SECRETS_MANAGER`, else `DB` */
  readonly manager?: string | undefined;
  /** Whether strict mode is on. @default the value of `ARCHESTRA_SECRETS_STRICT`, else false */
  readonly strict?: boolean | undefined;
  /** Reads a file that a `NAME_FILE` variable names. @default `fs.readFileSync` as UTF-8, which waits two seconds for a pipe */
  readonly readFile?: ((path: string) => string) | undefined;
  /**
   * Whether messages name only the variable of a setting, and not its option: for a program whose users set variables and write
   * no code. @default false
   */
  readonly onlyVariables?: boolean | undefined;
}

/** Describes the manager to open and its settings. It is safe to show to a user. */
export interface Resolution {
  /** The id of the requested manager, such as `VAULT`. */
  readonly requested: string;
  /** The source of the request. */
  readonly requestedBy: SettingSource;
  /** The id of the manager in use. */
  readonly manager: string;
  /** The fallback. Absent: the requested manager is in use. */
  readonly fallback?: FallbackDescription;
  /** Whether strict mode is on. */
  readonly strict: boolean;
  /** The id of the plugin that keeps the ownership table. Absent: no installed plugin has one. */
  readonly ownership?: string;
  /** The settings of the manager in use and of the plugin that keeps the ownership table. */
  readonly settings: readonly SettingDescription[];
}

/**
 * Selects the secrets manager and reads its settings. It is synchronous and opens nothing.
 *
 * @param plugins the installed plugins
 * @param env environment variables, such as `process.env`
 * @throws ConfigurationError with every problem at once
 * @throws TypeError when an element of `plugins` is not a plugin, or when two have the same id
 * @example
 * const { manager, fallback } = resolveSecretsManager([dbPlugin(), vaultPlugin()], process.env);
 */
export function resolveSecretsManager(
  plugins: readonly Plugin[],
  env: Environment,
  options: ResolveOptions = {},
): Resolution {
  return planSecretsManager(plugins, env, options).resolution;
}

/** Everything that opening needs. It may contain secrets and never leaves this package. */
export interface SecretsManagerPlan {
  readonly resolution: Resolution;
  /** The manager in use. */
  readonly selected: ResolvedPlugin;
  /** The plugin that keeps the ownership table, which can be the selected one. Undefined: no installed plugin does. */
  readonly ownership: ResolvedPlugin | undefined;
  /** Resolves a manager that is not selected but owns secrets. */
  readonly resolveOwner: (manager: string) => ResolvedPlugin;
  /** Throws ConfigurationError when the plugin that keeps the ownership table lacks settings that secrets need. */
  readonly assertTableManagerConfigured: () => void;
  /** Returns the id of an installed manager in the spelling of its plugin. */
  readonly idOf: (manager: string) => string | undefined;
}

/** What the settings select, also where they have problems. It may contain secrets and never leaves this package. */
export interface ManagerSelection {
  readonly registry: PluginRegistry;
  readonly reader: EnvironmentReader;
  readonly strict: boolean;
  readonly requestedBy: SettingSource;
  /** The requested manager. Undefined: no installed plugin has its id. */
  readonly requested: ResolvedPlugin | undefined;
  /** The manager in use: the requested one or its fallback. */
  readonly selected: ResolvedPlugin | undefined;
  readonly fallback: FallbackDescription | undefined;
  /** The plugin that keeps the ownership table, which can be the selected one. Undefined: no installed plugin does. */
  readonly ownership: ResolvedPlugin | undefined;
  /** Empty: the manager can be opened. */
  readonly issues: readonly ConfigurationIssue[];
  /** The settings of core. */
  readonly settings: readonly CoreSettingDescription[];
}

/** Describes the source of one of core's own settings. */
export interface CoreSettingDescription {
  /** The variable, such as `ARCHESTRA_SECRETS_MANAGER`. */
  readonly variable: string;
  /** Where the setting came from. */
  readonly source: SettingSource;
  /** Absent: it must not be shown, or is not usable. */
  readonly value?: string;
}

/** Selects the secrets manager, and collects every problem of the settings. */
export function selectSecretsManager(
  plugins: readonly Plugin[],
  env: Environment,
  options: ResolveOptions,
): ManagerSelection {
  const registry = new PluginRegistry(plugins);
  if (typeof env !== "object" || env === null) throw new TypeError("`env` must be an object of variables.");
  const reader: EnvironmentReader = {
    env,
    readFile: options.readFile ?? readTextFile,
    onlyVariables: options.onlyVariables,
  };
  const strictSetting = readSetting(requestOf("strict", options.strict), reader);
  const strict = strictSetting.issue === undefined && strictSetting.value === true;
  const managerSetting = readSetting(requestOf("manager", options.manager), reader);
  const id = managerSetting.issue === undefined ? String(managerSetting.value).trim() : "";
  const issues: ConfigurationIssue[] = [strictSetting.issue, managerSetting.issue].filter(
    (issue) => issue !== undefined,
  );
  const named =
    managerSetting.source === "option" ? { option: "manager" } : { variable: coreSettings.manager.name };
  const choice = registry.choose(backend, id, named);
  if (choice.issue !== undefined && managerSetting.issue === undefined) issues.push(choice.issue);
  const requested = choice.issue === undefined ? resolvePlugin(choice.plugin, registry, reader) : undefined;
  const decision = requested === undefined ? undefined : applyFallback(requested, registry, strict, reader);
  const ownership = resolveOwnership(decision?.resolved, registry, reader);
  const isElsewhere = ownership !== undefined && ownership !== decision?.resolved;
  if (decision !== undefined) {
    for (const issue of [...decision.issues, ...(isElsewhere ? ownership.issues : [])]) {
      if (!issues.some((known) => isSameIssue(known, issue))) issues.push(issue);
    }
  }
  return {
    registry,
    reader,
    strict,
    requestedBy: managerSetting.source,
    requested,
    selected: decision?.resolved,
    fallback: decision?.fallback,
    ownership,
    issues,
    settings: [
      descriptionOf(coreSettings.manager.name, managerSetting),
      descriptionOf(coreSettings.strict.name, strictSetting),
    ],
  };
}

function descriptionOf(variable: string, read: ReadSetting): CoreSettingDescription {
  const { source } = read;
  return read.issue === undefined && read.text !== undefined
    ? { variable, source, value: read.text }
    : { variable, source };
}

/** Resolves the secrets manager, with everything that opening needs. */
export function planSecretsManager(
  plugins: readonly Plugin[],
  env: Environment,
  options: ResolveOptions,
): SecretsManagerPlan {
  const selection = selectSecretsManager(plugins, env, options);
  const { registry, reader, strict, requested, selected, fallback, ownership, issues } = selection;
  if (issues.length > 0 || requested === undefined || selected === undefined)
    throw new ConfigurationError(HEADLINE, issues);
  const isElsewhere = ownership !== undefined && ownership !== selected;
  const resolution: Resolution = Object.freeze({
    requested: requested.plugin.id,
    requestedBy: selection.requestedBy,
    manager: selected.plugin.id,
    ...(fallback === undefined ? {} : { fallback }),
    strict,
    ...(ownership === undefined ? {} : { ownership: ownership.plugin.id }),
    settings: [...selected.settings, ...(isElsewhere ? ownership.settings : [])],
  });
  return {
    resolution,
    selected,
    ownership,
    resolveOwner: (manager) => resolveOwner(manager, registry, reader),
    assertTableManagerConfigured: () => {
      if (ownership === undefined || ownership.neededForSecrets.length === 0) return;
      throw new ConfigurationError(ownerHeadline(ownership.plugin.id), ownership.neededForSecrets);
    },
    idOf: (manager) => registry.find(backend, manager)?.id,
  };
}

/** Messages name the option of a core setting only if it is passed. */
function requestOf(option: keyof typeof coreSettings, given: unknown): SettingRequest {
  return { declaration: coreSettings[option], given, ...(given === undefined ? {} : { option }) };
}

/**
 * Resolves the plugin that keeps the ownership table: the manager in use if it has one, so that a test in memory needs no
 * database, else the first installed plugin that has one.
 */
function resolveOwnership(
  selected: ResolvedPlugin | undefined,
  registry: PluginRegistry,
  reader: EnvironmentReader,
): ResolvedPlugin | undefined {
  if (selected?.plugin.ownership === true) return selected;
  const tableManager = registry.ofKind(backend).find((plugin) => plugin.ownership === true);
  return tableManager === undefined ? undefined : resolvePlugin(tableManager, registry, reader, "ownership");
}

/** @throws ConfigurationError when the manager is not installed or not configured */
function resolveOwner(manager: string, registry: PluginRegistry, reader: EnvironmentReader): ResolvedPlugin {
  const headline = ownerHeadline(manager);
  const plugin = registry.find(backend, manager);
  if (plugin === undefined) {
    const published = packageOfPlugin(backend.id, manager) ?? `the plugin ${printableText(manager)}`;
    const expected = `Install ${published} and pass its plugin in \`plugins\`.`;
    throw new ConfigurationError(headline, [
      { problem: "unknown", plugin: printableText(manager), expected },
    ]);
  }
  const { issue } = registry.choose(backend, manager, { variable: coreSettings.manager.name });
  const resolved = resolvePlugin(plugin, registry, reader);
  const issues = issue === undefined ? resolved.issues : [issue, ...resolved.issues];
  if (issues.length > 0) throw new ConfigurationError(headline, issues);
  return resolved;
}

function ownerHeadline(manager: string): string {
  return `The manager ${printableText(manager)} owns secrets, or is to receive them, but cannot be opened as configured.`;
}

function isSameIssue(one: ConfigurationIssue, other: ConfigurationIssue): boolean {
  return one.plugin === other.plugin && one.variable === other.variable && one.option === other.option;
}
