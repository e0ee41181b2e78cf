import type { Health, HealthProblem } from "../backend/backend.ts";
import { printableMessage, printableText } from "../errors/printable-text.ts";
import type { SecretsError } from "../errors/secrets-error.ts";
import { fallbackProblem } from "../registry/fallback-rule.ts";
import type { OptionNames } from "../registry/option-names.ts";
import type { Resolution } from "../registry/resolve-secrets-manager.ts";

/** Adds problems of the selection of the manager to the health that a store reports. */
export class ReportedHealth {
  readonly problems: readonly HealthProblem[];
  readonly #names: OptionNames;

  constructor({ fallback, requestedBy }: Resolution, names: OptionNames) {
    this.problems = Object.freeze(fallback === undefined ? [] : [fallbackProblem(fallback, requestedBy)]);
    this.#names = names;
  }

  /** The health when the store responded. Its text is escaped. */
  of(health: Health): Health {
    const { problems, countByManager, ...rest } = withProblems(health, this.problems);
    const printable = problems.map((problem) => ({
      ...problem,
      message: printableMessage(this.#names.inText(problem.message)),
    }));
    const counts = countByManager === undefined ? {} : { countByManager: printableCounts(countByManager) };
    return { ...rest, problems: printable, ...counts };
  }

  /** The health when the store failed. */
  ofFailure({ code, reason, message }: SecretsError): Health {
    const problem = { code, ...(reason === undefined ? {} : { reason }), message };
    return withProblems({ status: "unavailable", problems: [problem] }, this.problems);
  }
}

/** The added problems make a healthy store degraded. */
function withProblems(health: Health, problems: readonly HealthProblem[]): Health {
  if (problems.length === 0) return health;
  const status = health.status === "healthy" ? "degraded" : health.status;
  return { ...health, status, problems: [...problems, ...health.problems] };
}

/** Escapes the ids of managers, which come from the ownership table. */
export function printableCounts(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const entries = Object.entries(counts).map(([manager, count]) => [printableText(manager), count] as const);
  return Object.freeze(Object.fromEntries(entries));
}
