import { diagnoseSecretsManager, type JsonValue } from "@archestra/secrets-core/plugin";
import type { CommandContext } from "../program/command-context.ts";
import { CommandError } from "../program/command-error.ts";
import { exitCodes } from "../program/exit-codes.ts";
import { hasVariables } from "../settings/environment.ts";
import { collectFindings, type StoreFinding, statusOf } from "./findings.ts";
import { type ExaminedVariable, examinedVariables } from "./variables.ts";
import { writeExamination } from "./write-examination.ts";

/** Milliseconds for the stores, of the ten seconds that the command has. */
const TIMEOUT = 8_000;
/** How long connections that a plugin did not close may keep the process. */
const LAST_CONNECTIONS = 500;

const exitCodeOf = {
  healthy: exitCodes.success,
  degraded: exitCodes.failure,
  broken: exitCodes.broken,
} as const;

/** Examines everything, shows it, and returns the exit code. */
export async function examineSetup({
  output,
  env,
  sourceOf,
  signal,
  endProcess,
  settingsOptions,
  ...context
}: CommandContext): Promise<number> {
  const plugins = await context.plugins();
  const diagnosis = await diagnoseSecretsManager(plugins, env, { timeout: TIMEOUT, signal });
  const findings = collectFindings(diagnosis, plugins, env).map((finding) =>
    withOptions(finding, settingsOptions),
  );
  const variables = examinedVariables(diagnosis, sourceOf);
  const status = statusOf(findings);
  const examination = { status, diagnosis, variables, findings, hasVariables: hasVariables(env) };
  const { requested, requestedBy, manager, fallback, ownership, strict } = diagnosis;
  output.result(
    {
      status,
      manager: {
        requested: requested ?? null,
        requestedBy,
        used: diagnosis.issues.length === 0 ? (manager ?? null) : null,
        ...(fallback === undefined ? {} : { fallback: fallbackJson(fallback) }),
        ownership: ownership ?? null,
        strict,
      },
      variables: variables.map((variable: ExaminedVariable) => ({ ...variable })),
      stores: diagnosis.plugins.map(({ plugin, state, owns, facts }) => ({
        plugin,
        state,
        ...(owns === undefined ? {} : { owns }),
        facts: Object.fromEntries(facts.map(({ key, value }) => [key, value])),
      })),
      findings: findings.map(findingJson),
    },
    (page) => writeExamination(page, examination),
  );
  // A plugin whose store hangs can leave connections open, which would keep the process.
  endProcess(LAST_CONNECTIONS);
  if (signal.aborted) throw interrupted();
  return exitCodeOf[status];
}

/** The page shows what is known by then. Its findings are no verdict, since a store may not have answered yet. */
function interrupted(): CommandError {
  return new CommandError("INTERRUPTED", "The examination was interrupted.", exitCodes.interrupted);
}

function fallbackJson({
  from,
  to,
  missing,
}: {
  readonly from: string;
  readonly to: string;
  readonly missing: readonly { readonly variable?: string }[];
}): JsonValue {
  return { from, to, missing: missing.flatMap(({ variable }) => variable ?? []) };
}

function findingJson({ code, severity, store, message, remedy }: StoreFinding): JsonValue {
  const { command, variable, text } = remedy;
  return {
    code,
    severity,
    ...(store === undefined ? {} : { store }),
    message,
    remedy: {
      ...(command === undefined ? {} : { command: [...command] }),
      ...(variable === undefined ? {} : { variable }),
      ...(text === undefined ? {} : { text }),
    },
  };
}

/** A command of this program has to run with the same settings. */
function withOptions(finding: StoreFinding, options: readonly string[]): StoreFinding {
  const [program, ...args] = finding.remedy.command ?? [];
  if (program !== "archestra-secrets") return finding;
  return { ...finding, remedy: { ...finding.remedy, command: [program, ...options, ...args] } };
}
