import type { SecretsErrorCode } from "../errors/error-codes.ts";
import { printableMessage, printableText } from "../errors/printable-text.ts";

/** One thing that is not as it should be, safe to show an operator. */
export interface HealthProblem {
  /** What kind of failure this is or will be to callers. */
  readonly code: SecretsErrorCode;
  /** A finer reason within the code. */
  readonly reason?: string;
  /** What is wrong and what to do. Never a value. */
  readonly message: string;
}

/** The state of a store. */
export interface Health {
  /** `healthy`: serves everything. `degraded`: serves, but see the problems. `unavailable`: does not serve now. */
  readonly status: "healthy" | "degraded" | "unavailable";
  /** Empty when healthy. */
  readonly problems: readonly HealthProblem[];
  /** How many secrets there are. Absent: not asked for, or the store cannot tell. */
  readonly count?: number;
  /** The same by the id of the manager that holds them. Absent: not asked for, or there is no table of owners. */
  readonly countByManager?: Readonly<Record<string, number>>;
  /** How many entries of the store break the grammar of names and are therefore left out of `list`. Absent: not asked for. */
  readonly unlistedCount?: number;
}

/** The same with problems that the store does not know of. A healthy store is degraded by them. */
export function withProblems(health: Health, problems: readonly HealthProblem[]): Health {
  if (problems.length === 0) return health;
  const status = health.status === "healthy" ? "degraded" : health.status;
  return { ...health, status, problems: [...problems, ...health.problems] };
}

/**
 * The same with messages and ids that show what they quote of a store.
 *
 * @param named gives the message as the application names its settings
 */
export function printableHealth(health: Health, named: (message: string) => string): Health {
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

/** Counts by the ids of managers, which rows of a table name. */
export function printableCounts(counts: Readonly<Record<string, number>>): Readonly<Record<string, number>> {
  const entries = Object.entries(counts).map(([manager, count]) => [printableText(manager), count] as const);
  return Object.freeze(Object.fromEntries(entries));
}
