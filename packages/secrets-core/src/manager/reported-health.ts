import type { Health, HealthProblem } from "../backend/backend.ts";
import { printableMessage, printableText } from "../errors/printable-text.ts";
import type { SecretsError } from "../errors/secrets-error.ts";
import { fallbackProblem } from "../registry/fallback-rule.ts";
import type { OptionNames } from "../registry/option-names.ts";
import type { Resolution } from "../registry/resolve-secrets-manager.ts";

/** What `check()` and `describe()` report beside what the store knows: what is wrong with the choice of the manager. */
export class ReportedHealth {
  /** They last as long as the manager is open. */
  readonly problems: readonly HealthProblem[];
  readonly #names: OptionNames;

  constructor({ fallback, requestedBy }: Resolution, names: OptionNames) {
    this.problems = Object.freeze(fallback === undefined ? [] : [fallbackProblem(fallback, requestedBy)]);
    this.#names = names;
  }

  /** Of a store that answered. */
  of(health: Health): Health {
    return printableHealth(withProblems(health, this.problems), (message) => this.#names.inText(message));
  }

  /** Of a store that failed instead of answering. */
  ofFailure({ code, reason, message }: SecretsError): Health {
    const problem = { code, ...(reason === undefined ? {} : { reason }), message };
    return withProblems({ status: "unavailable", problems: [problem] }, this.problems);
  }
}

/** Adds problems that the store does not know. They make a healthy store degraded. */
function withProblems(health: Health, problems: readonly HealthProblem[]): Health {
  if (problems.length === 0) return health;
  const status = health.status === "healthy" ? "degraded" : health.status;
  return { ...health, status, problems: [...problems, ...health.problems] };
}

/**
 * Escapes what messages and ids quote from a store.
 *
 * @param named returns the message with the names that the application gave its settings
 */
function printableHealth(health: Health, named: (message: string) => string): Health {
  const { countByManager } = health;
  const problems = health.problems.map((problem) => ({
    ...problem,
    message: printableMessage(named(problem.message)),
  }));
  return {
    ...health,
    problems,
    ...(countByManager === undefined ? {} : { countByManager: printableCounts(countByManager) }),
  };
}

/** Counts by the ids of managers, which may come from rows of a table. */
export function printableCounts(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const entries = Object.entries(counts).map(([manager, count]) => [printableText(manager), count] as const);
  return Object.freeze(Object.fromEntries(entries));
}
