import type { HealthProblem } from "../backend/health.ts";
import type { Reference } from "../backend/reference-store.ts";
import { quotedText } from "../errors/printable-text.ts";
import type { Owners } from "./owners.ts";
import { pathMismatch, pointsElsewhere } from "./row.ts";

/** Counts rows that point elsewhere than the settings: whoever uses such a secret is refused. */
export class RowsElsewhere {
  #count = 0;
  #first: string | undefined;

  /** As far as the owner is open. */
  look(row: Reference, owners: Owners): void {
    const { name, manager, path } = row;
    const owner = owners.opened(manager);
    if (owner === undefined || owner === owners.keeper || !pointsElsewhere(row, owner)) return;
    this.#count++;
    this.#first ??= `${quotedText(name)}: ${pathMismatch(name, path, owner).message}`;
  }

  /** Undefined: there are none. */
  get problem(): HealthProblem | undefined {
    if (this.#first === undefined) return undefined;
    const message = `Calls for ${this.#count} of the secrets are refused. The first is ${this.#first}`;
    return { code: "INVALID_CONFIGURATION", reason: "PATH_MISMATCH", message };
  }
}
