import { type Health, type HealthProblem, printableHealth, withProblems } from "../backend/health.ts";
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
