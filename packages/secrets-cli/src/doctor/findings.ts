import type {
  ConfigurationIssue,
  Finding,
  Plugin,
  SecretsManagerDiagnosis,
} from "@archestra/secrets-core/plugin";
import type { CommandContext } from "../program/command-context.ts";
import { knownVariables, misspelledVariables } from "./known-variables.ts";

/** A finding, and the store that it is about. */
export interface StoreFinding extends Finding {
  /** The id of the plugin. Absent: the finding is about the settings, or several stores. */
  readonly store?: string;
}

export type Status = "healthy" | "degraded" | "broken";

/** The worst of the findings decides. */
export function statusOf(findings: readonly Finding[]): Status {
  if (findings.some(({ severity }) => severity === "broken")) return "broken";
  return findings.length === 0 ? "healthy" : "degraded";
}

/** All findings, the broken ones first. */
export function collectFindings(
  diagnosis: SecretsManagerDiagnosis,
  plugins: readonly Plugin[],
  env: CommandContext["env"],
): StoreFinding[] {
  const names = Object.keys(env).filter((name) => env[name] !== undefined);
  const misspelled = misspelledVariables(names, knownVariables(plugins));
  const findings: StoreFinding[] = [
    ...diagnosis.issues.map(findingOfIssue),
    ...fallbackFinding(diagnosis),
    ...misspelled.map(({ variable, meant }) => ({
      code: "VARIABLE_UNKNOWN",
      severity: "degraded" as const,
      message: `The variable ${variable} is not known and has no effect; ${meant} is. Rename it, or remove it.`,
      remedy: { variable: meant },
    })),
    ...diagnosis.findings,
    ...diagnosis.plugins.flatMap(({ plugin, findings }) =>
      findings.map((finding) => ({ ...finding, store: plugin })),
    ),
  ];
  const rank = ({ severity }: Finding) => (severity === "broken" ? 0 : 1);
  return findings.sort((one, other) => rank(one) - rank(other));
}

const codes: Readonly<Record<ConfigurationIssue["problem"], string>> = {
  missing: "SETTING_MISSING",
  invalid: "SETTING_INVALID",
  conflict: "SETTING_CONFLICT",
  unreadable: "SETTING_UNREADABLE",
  unknown: "PLUGIN_UNKNOWN",
  incompatible: "PLUGIN_INCOMPATIBLE",
};

function findingOfIssue({ problem, variable, option, plugin, expected }: ConfigurationIssue): StoreFinding {
  const setting = variable ?? (option === undefined ? "" : `The option \`${option}\``);
  const separator = /^(must|and|is|has|contains|names)\b/.test(expected) ? " " : ": ";
  return {
    code: codes[problem],
    severity: "broken",
    message: setting === "" ? expected : `${setting}${separator}${expected}`,
    remedy: variable === undefined ? {} : { variable },
    ...(plugin === undefined ? {} : { store: plugin }),
  };
}

function fallbackFinding({ fallback }: SecretsManagerDiagnosis): StoreFinding[] {
  if (fallback === undefined) return [];
  const { from, to, missing } = fallback;
  const variables = missing.flatMap(({ variable }) => variable ?? []);
  return [
    {
      code: "FALLBACK",
      severity: "degraded",
      message: `The manager ${from} was requested but is not configured, so ${to} is used instead. Missing: ${variables.join(", ")}. Set what is missing, or set ARCHESTRA_SECRETS_MANAGER=${to} to select ${to}.`,
      remedy: { variable: variables[0] ?? "ARCHESTRA_SECRETS_MANAGER" },
    },
  ];
}
