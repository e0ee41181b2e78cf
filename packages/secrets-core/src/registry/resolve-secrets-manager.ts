import { ConfigurationError, type ConfigurationIssue } from "../errors/configuration-error.ts";
import { printableText } from "../errors/printable-text.ts";
import { applyFallback, type FallbackDescription } from "./fallback-rule.ts";
import { backend } from "./kind.ts";
import type { Plugin } from "./plugin.ts";
import { PluginRegistry, packageOfPlugin } from "./plugin-registry.ts";
import {
  type Environment,
  type EnvironmentReader,
  readSetting,
  type SettingRequest,
  type SettingSource,
} from "./read-setting.ts";
import { readTextFile } from "./read-text-file.ts";
import { type ResolvedPlugin, resolvePlugin, type SettingDescription } from "./resolve-plugin.ts";
import { type VariableDeclaration, variable } from "./setting.ts";
import { booleanSetting } from "./setting-schemas.ts";

/** The variables that core itself reads, declared as those of plugins are. */
export const coreSettings = Object.freeze({
  manager: variable("ARCHESTRA_SECRETS_MANAGER", {
    default: "DB",
    description: "Names the secrets manager that keeps new secrets, such as `DB` or `VAULT`.",
  }) as VariableDeclaration,
  strict: variable("ARCHESTRA_SECRETS_STRICT", {
    schema: booleanSetting,
    default: "false",
    description: "Forbids the fallback to another manager, and whatever else a plugin would only warn of.",
  }) as VariableDeclaration,
});

const HEADLINE = "The secrets manager cannot be started as configured.";

/** How the choice of a manager may be steered from code. */
export interface ResolveOptions {
  /** The id of the manager. @default what `ARCHESTRA_SECRETS_MANAGER` names, else `DB` */
  readonly manager?: string | undefined;
  /** Whether strict mode is on. @default what `ARCHESTRA_SECRETS_STRICT` says, else false */
  readonly strict?: boolean | undefined;
  /** Reads a file that a `NAME_FILE` variable names. @default `fs.readFileSync` as UTF-8, which waits two seconds for a pipe */
  readonly readFile?: ((path: string) => string) | undefined;
}

/** What would be opened, and why. Safe to show a user. */
export interface Resolution {
  /** The id that was asked for, such as `VAULT`. */
  readonly requested: string;
  /** Where that came from. */
  readonly requestedBy: SettingSource;
  /** The id of the manager that is used. */
  readonly manager: string;
  /** Absent: the manager that was asked for is used. */
  readonly fallback?: FallbackDescription;
  /** Whether strict mode is on. */
  readonly strict: boolean;
  /** The id of the installed plugin whose table says which manager owns which secret. Absent: none has one. */
  readonly ownership?: string;
  /** Where each setting of the manager in use came from, and of the one that keeps the table of owners. */
  readonly settings: readonly SettingDescription[];
}

/**
 * Chooses the secrets manager and reads its settings. Pure and synchronous: nothing is opened, written or remembered.
 *
 * @param plugins the descriptors that the application installed
 * @param env environment variables, such as `process.env`
 * @throws ConfigurationError with every problem at once
 * @throws TypeError when `plugins` holds something else than plugins, or two of one id
 */
export function resolveSecretsManager(
  plugins: readonly Plugin[],
  env: Environment,
  options: ResolveOptions = {},
): Resolution {
  return planSecretsManager(plugins, env, options).resolution;
}

/** What opening needs: it may hold secrets, and stays inside this package. */
export interface SecretsManagerPlan {
  readonly resolution: Resolution;
  /** The manager that is used. */
  readonly selected: ResolvedPlugin;
  /** The plugin that keeps the table of owners. Undefined: no installed one does. The selected one, when it does. */
  readonly ownership: ResolvedPlugin | undefined;
  /** For a manager that is not selected, when a secret turns out to be its. */
  readonly resolveOwner: (manager: string) => ResolvedPlugin;
  /** Throws ConfigurationError when the plugin that keeps the table lacks what secrets need. */
  readonly assertTableManagerConfigured: () => void;
  /** The id of an installed manager as its plugin writes it. */
  readonly idOf: (manager: string) => string | undefined;
}

/** The choice with what opening needs. */
export function planSecretsManager(
  plugins: readonly Plugin[],
  env: Environment,
  options: ResolveOptions,
): SecretsManagerPlan {
  const registry = new PluginRegistry(plugins);
  if (typeof env !== "object" || env === null) throw new TypeError("`env` must be an object of variables.");
  const reader: EnvironmentReader = {
    env,
    readFile: options.readFile ?? readTextFile,
  };
  const strictSetting = readSetting(requestOf("strict", options.strict), reader);
  const strict = strictSetting.issue === undefined && strictSetting.value === true;
  const managerSetting = readSetting(requestOf("manager", options.manager), reader);
  const requested = managerSetting.issue === undefined ? String(managerSetting.value).trim() : "";

  const issues: ConfigurationIssue[] = [strictSetting.issue, managerSetting.issue].filter(
    (issue) => issue !== undefined,
  );
  const choice = registry.choose(backend, requested, coreSettings.manager.name);
  if (choice.issue !== undefined) {
    const { variable: _unset, ...issue } = choice.issue;
    const named = managerSetting.source === "option" ? { ...issue, option: "manager" } : choice.issue;
    throw new ConfigurationError(HEADLINE, managerSetting.issue === undefined ? [...issues, named] : issues);
  }
  const asked = resolvePlugin(choice.plugin, registry, reader);
  const decision = applyFallback(asked, registry, strict, reader);
  issues.push(...(decision.issues ?? []));
  const used = decision.issues === undefined ? decision.resolved : asked;
  const ownership = resolveOwnership(used, registry, reader);
  if (ownership !== undefined && ownership !== used) {
    issues.push(...ownership.issues.filter((issue) => !issues.some((known) => isSameIssue(known, issue))));
  }
  if (decision.issues !== undefined || issues.length > 0) {
    throw new ConfigurationError(HEADLINE, issues);
  }
  const selected = decision.resolved;
  const resolution: Resolution = Object.freeze({
    requested: choice.plugin.id,
    requestedBy: managerSetting.source,
    manager: selected.plugin.id,
    ...(decision.fallback === undefined ? {} : { fallback: decision.fallback }),
    strict,
    ...(ownership === undefined ? {} : { ownership: ownership.plugin.id }),
    settings: [
      ...selected.settings,
      ...(ownership === undefined || ownership === selected ? [] : ownership.settings),
    ],
  });
  return {
    resolution,
    selected,
    ownership,
    resolveOwner: (manager) => resolveOwner(manager, registry, reader),
    assertTableManagerConfigured: () => {
      if (ownership !== undefined) assertConfiguredForSecrets(ownership);
    },
    idOf: (manager) => registry.find(backend, manager)?.id,
  };
}

/** One of core's own settings. Messages name its option only when it is passed. */
function requestOf(option: keyof typeof coreSettings, given: unknown): SettingRequest {
  return { declaration: coreSettings[option], given, ...(given === undefined ? {} : { option }) };
}

/**
 * The plugin whose table of owners is used: the manager in use, when it keeps one, so that a test in memory needs no
 * database; else the first of those installed.
 */
function resolveOwnership(
  selected: ResolvedPlugin,
  registry: PluginRegistry,
  reader: EnvironmentReader,
): ResolvedPlugin | undefined {
  if (selected.plugin.ownership === true) return selected;
  const tableManager = registry.ofKind(backend).find((plugin) => plugin.ownership === true);
  return tableManager === undefined ? undefined : resolvePlugin(tableManager, registry, reader, "ownership");
}

/** @throws ConfigurationError when the manager is not installed, or not configured: with the variables to set */
function resolveOwner(manager: string, registry: PluginRegistry, reader: EnvironmentReader): ResolvedPlugin {
  const headline = ownerHeadline(manager);
  const plugin = registry.find(backend, manager);
  if (plugin === undefined) {
    const published = packageOfPlugin(backend.id, manager) ?? `The plugin ${printableText(manager)}`;
    const expected = `${published} is not among the plugins: install it, and pass its plugin in \`plugins\`.`;
    throw new ConfigurationError(headline, [
      { problem: "unknown", plugin: printableText(manager), expected },
    ]);
  }
  const { issue } = registry.choose(backend, manager, coreSettings.manager.name);
  const resolved = resolvePlugin(plugin, registry, reader);
  const issues = issue === undefined ? resolved.issues : [issue, ...resolved.issues];
  if (issues.length > 0) throw new ConfigurationError(headline, issues);
  return resolved;
}

/** @throws ConfigurationError when it was resolved for its ownership alone, and lacks what secrets need */
function assertConfiguredForSecrets({ plugin, neededForSecrets }: ResolvedPlugin): void {
  if (neededForSecrets.length > 0) throw new ConfigurationError(ownerHeadline(plugin.id), neededForSecrets);
}

function ownerHeadline(manager: string): string {
  return `The manager ${printableText(manager)} is needed, and cannot be opened as configured.`;
}

function isSameIssue(one: ConfigurationIssue, other: ConfigurationIssue): boolean {
  return one.plugin === other.plugin && one.variable === other.variable && one.option === other.option;
}
