import type { HealthProblem } from "../backend/backend.ts";
import { type ConfigurationIssue, describeIssue } from "../errors/configuration-error.ts";
import { backend } from "./kind.ts";
import { type PluginRegistry, packageOfPlugin } from "./plugin-registry.ts";
import type { EnvironmentReader, SettingSource } from "./read-setting.ts";
import { type ResolvedPlugin, resolvePlugin } from "./resolve-plugin.ts";

/** What took over for what, and why. */
export interface FallbackDescription {
  /** The id of the manager that was asked for. */
  readonly from: string;
  /** The id of the manager that is used instead. */
  readonly to: string;
  /** The settings whose absence caused it. */
  readonly missing: readonly ConfigurationIssue[];
}

/** The plugin to open, or what is wrong. */
export type FallbackDecision =
  | {
      readonly resolved: ResolvedPlugin;
      readonly fallback?: FallbackDescription;
      readonly issues?: undefined;
    }
  | { readonly issues: readonly ConfigurationIssue[] };

/**
 * The fallback rule: only a plugin that declares it, only in the root slot, only for missing settings. Anything that is
 * present and wrong is an error, and so is a missing setting in strict mode or when nothing can take over.
 */
export function applyFallback(
  asked: ResolvedPlugin,
  registry: PluginRegistry,
  strict: boolean,
  reader: EnvironmentReader,
): FallbackDecision {
  const { issues, plugin } = asked;
  if (issues.length === 0) return { resolved: asked };
  const onlyMissing = issues.every((issue) => issue.problem === "missing");
  if (plugin.fallback === undefined || strict || !onlyMissing) return { issues };

  const substitute = registry.find(backend, plugin.fallback);
  if (substitute === undefined) {
    const published = packageOfPlugin(backend.id, plugin.fallback) ?? `the plugin ${plugin.fallback}`;
    const expected = `With ${published} among the plugins, ${plugin.fallback} would take over while settings of ${plugin.id} are missing.`;
    return { issues: [...issues, { problem: "unknown", expected }] };
  }
  const resolved = resolvePlugin(substitute, registry, reader);
  if (resolved.issues.length > 0) return { issues: [...issues, ...resolved.issues] };
  return { resolved, fallback: { from: plugin.id, to: substitute.id, missing: issues } };
}

/**
 * The problem that `check()` and `describe()` report while another manager is used than the requested one.
 *
 * @param requestedBy where the request came from, which is where a remedy has to be applied
 */
export function fallbackProblem(fallback: FallbackDescription, requestedBy: SettingSource): HealthProblem {
  return Object.freeze({
    code: "INVALID_CONFIGURATION",
    reason: "FALLBACK",
    message: `${headline(fallback)}. ${remedy(fallback, requestedBy)}`,
  });
}

/** The warning of a fallback. `destination` says which store receives the secrets. */
export function fallbackWarning(
  fallback: FallbackDescription,
  requestedBy: SettingSource,
  { destination, isEmpty }: { readonly destination: string; readonly isEmpty: boolean },
): string {
  const invisible = isEmpty
    ? ` It holds no secret yet: secrets kept in ${fallback.from} are not visible.`
    : "";
  return `${headline(fallback)}, and secrets are written to ${destination}.${invisible} ${remedy(fallback, requestedBy)}`;
}

function headline({ from, to }: FallbackDescription): string {
  return `The secrets manager ${from} was requested but is not configured; ${to} is used instead`;
}

function remedy({ from, to, missing }: FallbackDescription, requestedBy: SettingSource): string {
  const lines = missing.map((issue) => `\n  - ${describeIssue(issue)}`).join("");
  const choice =
    requestedBy === "option" ? `pass \`manager: "${to}"\`` : `set ARCHESTRA_SECRETS_MANAGER=${to}`;
  return `Missing:${lines}\nSet what is missing and restart to use ${from}, or ${choice} to select ${to}; ARCHESTRA_SECRETS_STRICT=true makes this an error.`;
}
