import type { PluginDiagnosis, SecretsManagerDiagnosis } from "@archestra/secrets-core/plugin";
import type { Page, Style } from "../output/page.ts";
import { shellCommand } from "../output/shell-quote.ts";
import { envFileHint } from "../settings/environment.ts";
import type { Status, StoreFinding } from "./findings.ts";
import type { ExaminedVariable } from "./variables.ts";

/** Everything that the page shows. */
export interface Examination {
  readonly status: Status;
  readonly diagnosis: SecretsManagerDiagnosis;
  readonly variables: readonly ExaminedVariable[];
  readonly findings: readonly StoreFinding[];
  /** Whether any variable of the application is set. */
  readonly hasVariables: boolean;
}

const INDENT = "  ";
const styles: Readonly<Record<Status, Style>> = { healthy: "green", degraded: "yellow", broken: "red" };

/** Writes one screen: the manager, the variables, each store, and the findings at the end, where the eye is. */
export function writeExamination(page: Page, examination: Examination): void {
  const { diagnosis, variables, findings } = examination;
  page.heading("Manager");
  page.pairs(managerPairs(diagnosis), INDENT);
  page.line();
  writeVariables(page, variables);
  if (!examination.hasVariables) page.line(envFileHint, INDENT);
  for (const store of diagnosis.plugins) {
    page.line();
    page.heading(headingOf(store));
    const facts = store.facts.map(({ label, value, text }) => [label, text ?? textOf(value)] as const);
    if (facts.length > 0)
      page.pairs(
        facts.filter(([, text]) => text !== ""),
        INDENT,
      );
  }
  page.line();
  writeFindings(page, examination);
  if (findings.length === 0) return;
  const broken = findings.filter(({ severity }) => severity === "broken").length;
  page.line();
  page.line(`${findings.length} found: ${broken} broken, ${findings.length - broken} degraded.`);
}

function managerPairs({
  requested,
  requestedBy,
  manager,
  fallback,
  ownership,
  strict,
  issues,
}: SecretsManagerDiagnosis): [string, string][] {
  const source = { variable: "ARCHESTRA_SECRETS_MANAGER", default: "the default", option: "code" };
  const by = source[requestedBy as keyof typeof source] ?? requestedBy;
  const used = () => {
    if (issues.length > 0 || manager === undefined) return "none: a start fails, see the findings";
    return fallback === undefined
      ? `${manager}, as requested`
      : `${manager}, since settings of ${fallback.from} are missing`;
  };
  return [
    ["requested", requested === undefined ? `unknown (${by})` : `${requested} (${by})`],
    ["in use", used()],
    ["ownership table", ownership ?? "none"],
    ["strict mode", strict ? "on" : "off"],
  ];
}

function writeVariables(page: Page, variables: readonly ExaminedVariable[]): void {
  const shown = variables.filter(({ source }) => source !== "unset" && source !== "default");
  page.heading("Variables (… is ARCHESTRA_)");
  if (shown.length > 0)
    page.table(
      [{ title: "  VARIABLE" }, { title: "VALUE", atLeast: 12 }, { title: "SOURCE", atLeast: 8 }],
      shown.map(({ variable, value, source, file }) => [
        `${INDENT}${shortName(variable)}`,
        value ?? "(hidden)",
        source === "env-file" || source === "secret-file" ? shortName(file ?? source) : source,
      ]),
    );
  const defaults = variables.filter(({ source }) => source === "default");
  const unset = variables.filter(({ source }) => source === "unset");
  const others = [
    [
      "by default",
      defaults.map(({ variable, value }) => `${shortName(variable)}=${value ?? "(hidden)"}`).join(", "),
    ],
    ["not set", unset.map(({ variable }) => shortName(variable)).join(", ")],
  ] as const;
  page.pairs(
    others.filter(([, names]) => names !== ""),
    INDENT,
  );
}

function shortName(variable: string): string {
  return variable.replace(/^ARCHESTRA_/, "…");
}

function headingOf({ plugin, state, owns }: PluginDiagnosis): string {
  const texts = {
    complete: "",
    unfinished: ", which did not answer in time",
    "not-configured": ", which is not configured",
    unsupported: ", which cannot be examined",
  };
  const secrets = owns === undefined ? "" : `, which owns ${owns === 1 ? "1 secret" : `${owns} secrets`}`;
  return `Store ${plugin}${texts[state]}${secrets}`;
}

function textOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "yes" : "no";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

function writeFindings(page: Page, { status, findings }: Examination): void {
  page.heading(status === "healthy" ? "Healthy: no problem was found." : "Findings", styles[status]);
  for (const { code, severity, store, message, remedy } of findings) {
    const about = store === undefined ? "" : ` (${store})`;
    page.heading(`${severity.toUpperCase()} ${code}${about}`, styles[severity], INDENT);
    for (const line of message.split("\n")) page.line(line.trim(), `${INDENT}${INDENT}`);
    if (remedy.text !== undefined) page.line(remedy.text, `${INDENT}${INDENT}`);
    if (remedy.variable !== undefined) page.line(`Variable: ${remedy.variable}`, `${INDENT}${INDENT}`);
    if (remedy.command !== undefined) page.exact(`${INDENT}${INDENT}$ ${shellCommand(...remedy.command)}`);
  }
}
