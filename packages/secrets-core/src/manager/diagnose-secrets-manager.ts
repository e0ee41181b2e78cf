import { setTimeout as sleep } from "node:timers/promises";
import type { ConfigurationIssue } from "../errors/configuration-error.ts";
import { printableText } from "../errors/printable-text.ts";
import type { DiagnosedFact, Finding } from "../registry/diagnosis.ts";
import type { FallbackDescription } from "../registry/fallback-rule.ts";
import { backend } from "../registry/kind.ts";
import { openPlugin } from "../registry/open-plugin.ts";
import { Opening, startNotEnded } from "../registry/opening.ts";
import { OptionNames } from "../registry/option-names.ts";
import type { Plugin } from "../registry/plugin.ts";
import { packageOfPlugin } from "../registry/plugin-registry.ts";
import type { Environment, SettingSource } from "../registry/read-setting.ts";
import { type ResolvedPlugin, resolvePlugin, type SettingDescription } from "../registry/resolve-plugin.ts";
import {
  type CoreSettingDescription,
  type ManagerSelection,
  type ResolveOptions,
  selectSecretsManager,
} from "../registry/resolve-secrets-manager.ts";
import { DiagnosisReport } from "./diagnosis-report.ts";

/** Milliseconds for all plugins together, which run at the same time. */
const DEFAULT_TIMEOUT = 8_000;
/** The longest time that a plugin has after its signal for closing what it opened, in milliseconds. */
const LONGEST_GRACE = 1_000;
/** As `LONGEST_GRACE`, when the caller's signal has aborted, who does not wait. */
const GRACE_OF_INTERRUPTION = 300;

/** The options of `diagnoseSecretsManager`. */
export interface DiagnoseOptions extends ResolveOptions {
  /** The deadline in milliseconds. @default 8 000 */
  readonly timeout?: number | undefined;
  /** Ends the diagnosis early, with what is known then. */
  readonly signal?: AbortSignal | undefined;
}

/** What a plugin reported about its store. */
export interface PluginDiagnosis {
  /** The id of the plugin. */
  readonly plugin: string;
  /**
   * `complete`: its `diagnose` has ended. `unfinished`: it did not end in time; what it reported until then is there.
   * `not-configured`: settings are missing or wrong. `unsupported`: it has no `diagnose`.
   */
  readonly state: "complete" | "unfinished" | "not-configured" | "unsupported";
  /** Its settings, with the source of each. */
  readonly settings: readonly SettingDescription[];
  /** The problems of the settings. */
  readonly issues: readonly ConfigurationIssue[];
  /** What it reported, in the order in which it did. */
  readonly facts: readonly DiagnosedFact[];
  /** The problems that it found, each with a remedy. */
  readonly findings: readonly Finding[];
  /** How many secrets it owns, by the ownership table. Absent: the table says nothing, or was not read. */
  readonly owns?: number;
}

/** What `diagnoseSecretsManager` found. It is safe to show. */
export interface SecretsManagerDiagnosis {
  /** The id of the requested manager. Absent: no installed plugin has it. */
  readonly requested?: string;
  /** Where the choice of the manager came from. */
  readonly requestedBy: SettingSource;
  /** The id of the manager in use. Absent: there is none. */
  readonly manager?: string;
  /** Absent: the requested manager is in use. */
  readonly fallback?: FallbackDescription;
  /** Whether strict mode is on. */
  readonly strict: boolean;
  /** The id of the plugin that keeps the ownership table. Absent: no installed plugin has one. */
  readonly ownership?: string;
  /** Every problem of the settings. Empty: a start can open the manager. */
  readonly issues: readonly ConfigurationIssue[];
  /** The settings of core itself. */
  readonly settings: readonly CoreSettingDescription[];
  /** The requested manager, the one in use, the ownership table, and other managers that own secrets. */
  readonly plugins: readonly PluginDiagnosis[];
  /** Problems between the plugins: owners that cannot be opened, and recorded paths that differ from the settings. */
  readonly findings: readonly Finding[];
}

/**
 * Examines a set-up, whatever is wrong with it: resolves the plugins as a start does, and lets each of them report the state of
 * its store. Nothing is opened, created or changed, and a plugin that fails or hangs does not affect the others.
 *
 * @param plugins the installed plugins
 * @param env environment variables, such as `process.env`
 * @throws TypeError when an element of `plugins` is not a plugin, or when two have the same id
 * @example
 * const { plugins, issues } = await diagnoseSecretsManager([dbPlugin(), vaultPlugin()], process.env);
 */
export async function diagnoseSecretsManager(
  plugins: readonly Plugin[],
  env: Environment,
  options: DiagnoseOptions = {},
): Promise<SecretsManagerDiagnosis> {
  const selection = selectSecretsManager(plugins, env, options);
  const { requested, selected, fallback, ownership } = selection;
  const main = [requested, selected, ownership].filter((plugin) => plugin !== undefined);
  const others = configuredOthers(selection, main);
  const examined = await Promise.all(
    [...distinct(main), ...others].map((resolved) => examine(resolved, selection, options)),
  );
  const owned = new Map(examined.flatMap(({ report }) => report.owners).map((one) => [one.manager, one]));
  const isRead = examined.some(({ report }) => report.owners.length > 0);
  const isNeeded = ({ diagnosis: { plugin } }: Examined) =>
    !others.some((other) => other.plugin.id === plugin) || !isRead || owned.has(plugin);
  const kept = examined.filter(isNeeded);
  return {
    ...(requested === undefined ? {} : { requested: requested.plugin.id }),
    requestedBy: selection.requestedBy,
    ...(selected === undefined ? {} : { manager: selected.plugin.id }),
    ...(fallback === undefined ? {} : { fallback }),
    strict: selection.strict,
    ...(ownership === undefined ? {} : { ownership: ownership.plugin.id }),
    issues: selection.issues,
    settings: selection.settings,
    plugins: kept.map(({ diagnosis }) => {
      const count = owned.get(diagnosis.plugin)?.count;
      return count === undefined ? diagnosis : { ...diagnosis, owns: count };
    }),
    findings: [...owned.values()].flatMap((one) => findingsOfOwner(one, kept, selection)),
  };
}

interface Examined {
  readonly diagnosis: PluginDiagnosis;
  readonly report: DiagnosisReport;
}

/** Managers that are neither selected nor keep the table, and for which something is set: they may own secrets. */
function configuredOthers(
  { registry, reader }: ManagerSelection,
  main: readonly ResolvedPlugin[],
): ResolvedPlugin[] {
  return registry
    .ofKind(backend)
    .filter((plugin) => !main.some((one) => one.plugin === plugin))
    .map((plugin) => resolvePlugin(plugin, registry, reader))
    .filter(({ issues, settings }) => {
      const isSet = settings.some(({ source }) => source !== "default" && source !== "unset");
      return isSet && issues.every(({ problem }) => problem !== "missing");
    });
}

/** Each plugin once. The one that stores secrets has all of its settings resolved. */
function distinct(resolved: readonly ResolvedPlugin[]): ResolvedPlugin[] {
  return resolved.filter(({ plugin }, index) => resolved.findIndex((one) => one.plugin === plugin) === index);
}

async function examine(
  resolved: ResolvedPlugin,
  selection: ManagerSelection,
  options: DiagnoseOptions,
): Promise<Examined> {
  const { plugin, issues, settings } = resolved;
  const report = new DiagnosisReport(plugin.id, new OptionNames(settings));
  const usable = usableSettings(resolved, selection);
  const state =
    usable === undefined ? "not-configured" : await runDiagnose(usable, report, selection, options);
  report.end();
  const { facts, findings } = report;
  return { report, diagnosis: { plugin: plugin.id, state, settings, issues, facts, findings } };
}

/** The ownership table can be examined although settings that only secrets need are missing. */
function usableSettings(
  resolved: ResolvedPlugin,
  { registry, reader }: ManagerSelection,
): (ResolvedPlugin & { readonly purpose: "secrets" | "ownership" }) | undefined {
  const { plugin, issues, neededForSecrets } = resolved;
  const purpose = neededForSecrets.length > 0 ? "ownership" : "secrets";
  if (issues.length === 0) return { ...resolved, purpose };
  if (plugin.ownership !== true) return undefined;
  const table = resolvePlugin(plugin, registry, reader, "ownership");
  return table.issues.length === 0 ? { ...table, purpose: "ownership" } : undefined;
}

async function runDiagnose(
  resolved: ResolvedPlugin & { readonly purpose: "secrets" | "ownership" },
  report: DiagnosisReport,
  { strict }: ManagerSelection,
  { timeout = DEFAULT_TIMEOUT, signal }: DiagnoseOptions,
): Promise<PluginDiagnosis["state"]> {
  const { plugin, purpose } = resolved;
  if (plugin.diagnose === undefined) return "unsupported";
  const grace = Math.min(LONGEST_GRACE, timeout / 4);
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(startNotEnded(timeout)(plugin.id)), timeout - grace);
  const ending = signal === undefined ? late.signal : AbortSignal.any([late.signal, signal]);
  const work = openAndDiagnose(resolved, { strict, purpose, signal: ending }, report, Date.now() + timeout);
  const graceOf = () => (signal?.aborted ? Math.min(grace, GRACE_OF_INTERRUPTION) : grace);
  const isInTime = await Promise.race([work.then(() => true), endOf(ending, graceOf).then(() => false)]);
  clearTimeout(timer);
  if (isInTime) return "complete";
  const message = signal?.aborted
    ? `The examination of ${plugin.id} was interrupted. What it reported until then is shown.`
    : `The examination of ${plugin.id} did not end within ${timeout} ms, so its store does not answer in time. What it reported until then is shown. Find out why the store does not answer, and examine it again.`;
  report.finding({
    code: "DIAGNOSIS_NOT_ENDED",
    severity: "broken",
    message,
    remedy: {},
  });
  return "unfinished";
}

/** Resolves some time after the signal has aborted. It keeps the process alive, which must not exit without a result. */
function endOf(signal: AbortSignal, grace: () => number): Promise<void> {
  return new Promise((resolve) => {
    const wait = () => void sleep(grace()).then(resolve);
    if (signal.aborted) wait();
    else signal.addEventListener("abort", wait, { once: true });
  });
}

/** Opens the plugins of the slots, which `diagnose` receives as `create` does. Every failure becomes a finding. */
async function openAndDiagnose(
  resolved: ResolvedPlugin,
  limits: {
    readonly strict: boolean;
    readonly purpose: "secrets" | "ownership";
    readonly signal: AbortSignal;
  },
  report: DiagnosisReport,
  deadline: number,
): Promise<void> {
  const { plugin, values, slots } = resolved;
  const { signal, strict, purpose } = limits;
  const timeout = Math.max(1, deadline - Date.now());
  const opening = new Opening({ timeout, signal, late: startNotEnded(timeout), keepsProcess: true });
  const disposals: (() => Promise<void>)[] = [];
  try {
    const settings: Record<string, unknown> = { ...values };
    const context = { logger: report.logger, strict, purpose };
    for (const [key, choice] of Object.entries(slots)) {
      const { product, dispose } = await openPlugin(choice, context, opening, plugin.id);
      disposals.push(() => dispose(opening.closing));
      settings[key] = product;
    }
    const { fact, finding, failure, owner, paths, logger } = report;
    const reports = { fact, finding, failure, owner, paths, logger };
    await plugin.diagnose?.(Object.freeze(settings) as never, {
      ...reports,
      strict,
      purpose,
      signal,
      deadline,
    });
  } catch (error) {
    report.failure(error);
  } finally {
    opening.end();
    for (const dispose of disposals) await dispose().catch(() => undefined);
  }
}

/** Whether the problems of an owner's settings are those of the selected manager, which are reported as such. */
function areReported(issues: readonly ConfigurationIssue[], selection: ManagerSelection): boolean {
  const keyOf = ({ problem, variable, option }: ConfigurationIssue) => `${problem} ${variable} ${option}`;
  const reported = new Set(selection.issues.map(keyOf));
  return issues.every((issue) => reported.has(keyOf(issue)));
}

function ownerNotConfigured(name: string, secrets: string, issues: readonly ConfigurationIssue[]): Finding {
  const details = issues.map(
    ({ variable, option, expected }) => `- ${variable ?? option ?? name}: ${expected}`,
  );
  const [variable] = issues.flatMap((issue) => issue.variable ?? []);
  return {
    code: "OWNER_NOT_CONFIGURED",
    severity: "broken",
    message: [
      `The manager ${name} owns ${secrets} and is not configured, so calls for them fail. Correct these settings:`,
      ...details,
    ].join("\n"),
    remedy: variable === undefined ? {} : { variable },
  };
}

/** Whether the manager that owns secrets can serve them. */
function findingsOfOwner(
  { manager, count, samples }: DiagnosisReport["owners"][number],
  examined: readonly Examined[],
  selection: ManagerSelection,
): Finding[] {
  const { registry, reader } = selection;
  const secrets = count === 1 ? "1 secret" : `${count} secrets`;
  const name = printableText(manager);
  const plugin = registry.find(backend, manager);
  if (plugin === undefined) {
    const published = packageOfPlugin(backend.id, manager) ?? `the plugin ${name}`;
    return [
      {
        code: "OWNER_NOT_INSTALLED",
        severity: "broken",
        message: `The manager ${name} owns ${secrets} and is not installed, so calls for them fail.`,
        remedy: {
          text: `Install ${published} and pass its plugin in \`plugins\`; to this program, with --plugin.`,
        },
      },
    ];
  }
  const { issues } = resolvePlugin(plugin, registry, reader, "secrets");
  if (issues.length > 0)
    return areReported(issues, selection) ? [] : [ownerNotConfigured(name, secrets, issues)];
  const pathOf = examined.find(({ diagnosis }) => diagnosis.plugin === plugin.id)?.report.pathOf;
  if (pathOf === undefined) return [];
  const moved = samples.filter((one) => one.path !== undefined && one.path !== pathOf(one.name));
  const [example] = moved;
  if (example === undefined) return [];
  return [
    {
      code: "PATH_MISMATCH",
      severity: "broken",
      message: `The settings of ${name} lead to other paths than those that the ownership table records (${moved.length} of ${samples.length} examined secrets), so calls for them are refused. One is recorded at ${printableText(example.path ?? "")}, and the settings lead to ${printableText(pathOf(example.name))}. If the secrets were copied to the new path, rewrite the recorded paths; otherwise correct the settings.`,
      remedy: { command: ["archestra-secrets", "references", "rebind"] },
    },
  ];
}
