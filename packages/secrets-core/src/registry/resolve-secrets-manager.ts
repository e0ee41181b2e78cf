import { ConfigurationError, type ConfigurationIssue } from "../errors/configuration-error.ts";
import { coreSettings } from "./core-settings.ts";
import type { Environment, EnvironmentReader } from "./environment.ts";
import { applyFallback, type FallbackDescription } from "./fallback-rule.ts";
import { backend } from "./kind.ts";
import type { Plugin } from "./plugin.ts";
import { PluginRegistry } from "./plugin-registry.ts";
import { readSetting, type SettingSource } from "./read-setting.ts";
import { type ResolvedPlugin, resolvePlugin, type SettingDescription } from "./resolve-plugin.ts";

const HEADLINE = "The secrets manager cannot be started as configured.";

/** How the choice of a manager may be steered from code. */
export interface ResolveOptions {
  /** The id of the manager. @default what `ARCHESTRA_SECRETS_MANAGER` names, else `DB` */
  readonly manager?: string | undefined;
  /** Whether strict mode is on. @default what `ARCHESTRA_SECRETS_STRICT` says, else false */
  readonly strict?: boolean | undefined;
  /** Reads a file that a `NAME_FILE` variable names. @default `fs.readFileSync` as UTF-8 */
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
  /** Where each setting of the manager in use came from. */
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

/** The choice with what opening needs, which may hold secrets and stays inside this package. */
export function planSecretsManager(
  plugins: readonly Plugin[],
  env: Environment,
  options: ResolveOptions,
): { readonly resolution: Resolution; readonly plan: ResolvedPlugin } {
  const registry = new PluginRegistry(plugins);
  if (typeof env !== "object" || env === null) throw new TypeError("`env` must be an object of variables.");
  const reader: EnvironmentReader = {
    env,
    readFile: options.readFile ?? readTextFile,
  };
  const strictSetting = readSetting({ declaration: coreSettings.strict, given: options.strict }, reader);
  const strict = strictSetting.issue === undefined && strictSetting.value === true;
  const managerSetting = readSetting({ declaration: coreSettings.manager, given: options.manager }, reader);
  const requested = managerSetting.issue === undefined ? String(managerSetting.value).trim() : "";

  const issues: ConfigurationIssue[] = [strictSetting.issue, managerSetting.issue].filter(
    (issue) => issue !== undefined,
  );
  const choice = registry.choose(backend, requested, coreSettings.manager.name);
  if (choice.issue !== undefined) {
    throw new ConfigurationError(
      HEADLINE,
      managerSetting.issue === undefined ? [...issues, choice.issue] : issues,
    );
  }
  const asked = resolvePlugin(choice.plugin, registry, reader);
  const decision = applyFallback(asked, registry, strict, reader);
  issues.push(...(decision.issues ?? []));
  if (decision.issues !== undefined || issues.length > 0) {
    throw new ConfigurationError(HEADLINE, issues);
  }
  const resolution: Resolution = Object.freeze({
    requested: choice.plugin.id,
    requestedBy: managerSetting.source,
    manager: decision.resolved.plugin.id,
    ...(decision.fallback === undefined ? {} : { fallback: decision.fallback }),
    strict,
    settings: decision.resolved.settings,
  });
  return { resolution, plan: decision.resolved };
}

/** Not imported at the top: loading `node:fs` as a module takes two milliseconds, and most starts read no file. */
export function readTextFile(path: string): string {
  return process.getBuiltinModule("node:fs").readFileSync(path, "utf8");
}
