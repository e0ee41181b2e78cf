import type { HealthProblem } from "../backend/backend.ts";
import { type ConfigurationIssue, describeIssue } from "../errors/configuration-error.ts";
import { backend } from "./kind.ts";
import { type PluginRegistry, packageOfPlugin } from "./plugin-registry.ts";
import type { EnvironmentReader, SettingSource } from "./read-setting.ts";
import { type ResolvedPlugin, resolvePlugin } from "./resolve-plugin.ts";

/** Describes which manager replaced the requested one, and why. */
export interface FallbackDescription {
  /** The id of the requested manager. */
  readonly from: string;
  /** The id of the manager in use. */
  readonly to: string;
  /** The missing settings that caused it. */
  readonly missing: readonly ConfigurationIssue[];
}

/** The plugin to open. With issues, it cannot be opened. */
export interface FallbackDecision {
  readonly resolved: ResolvedPlugin;
  readonly fallback?: FallbackDescription;
  readonly issues: readonly ConfigurationIssue[];
}

/**
 * Applies the fallback rule: a fallback requires that the plugin of the root slot declares one and that its only problems are
 * missing settings. An invalid setting is always an error. A missing setting is an error in strict mode, or if the declared
 * fallback is not available.
 */
export function applyFallback(
  requested: ResolvedPlugin,
  registry: PluginRegistry,
  strict: boolean,
  reader: EnvironmentReader,
): FallbackDecision {
  const { issues, plugin } = requested;
  const areMissing = issues.length > 0 && issues.every((issue) => issue.problem === "missing");
  if (plugin.fallback === undefined || strict || !areMissing) return { resolved: requested, issues };

  const substitute = registry.find(backend, plugin.fallback);
  if (substitute === undefined) {
    const published = packageOfPlugin(backend.id, plugin.fallback) ?? `the plugin ${plugin.fallback}`;
    const expected = `Install ${published} and pass its plugin in \`plugins\` to use ${plugin.fallback} while settings of ${plugin.id} are missing.`;
    return { resolved: requested, issues: [...issues, { problem: "unknown", expected }] };
  }
  const resolved = resolvePlugin(substitute, registry, reader);
  if (resolved.issues.length > 0) {
    return { resolved: requested, issues: [...issues, ...resolved.issues] };
  }
  const fallback = { from: plugin.id, to: substitute.id, missing: issues };
  return { resolved, fallback, issues: [] };
}

/**
 * Returns the problem that `check()` and `describe()` report while a fallback is in use.
 *
 * @param requestedBy the source of the request, where the remedy applies
 */
export function fallbackProblem(fallback: FallbackDescription, requestedBy: SettingSource): HealthProblem {
  return Object.freeze({
    code: "INVALID_CONFIGURATION",
    reason: "FALLBACK",
    message: `${headline(fallback)}. ${remedy(fallback, requestedBy)}`,
  });
}

/** Returns the warning of a fallback. `destination` names the store that receives the secrets. */
export function fallbackWarning(
  fallback: FallbackDescription,
  requestedBy: SettingSource,
  { destination, isEmpty }: { readonly destination: string; readonly isEmpty: boolean },
): string {
  const invisible = isEmpty
    ? ` It contains no secrets yet, and the secrets in ${fallback.from} are not visible.`
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
  return `Missing:${lines}\nSet the missing settings and restart to use ${from}, or ${choice} to select ${to}; ARCHESTRA_SECRETS_STRICT=true makes this an error.`;
}
