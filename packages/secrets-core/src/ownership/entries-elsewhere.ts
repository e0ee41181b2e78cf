import type { HealthProblem } from "../backend/backend.ts";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import { quotedText } from "../errors/printable-text.ts";
import { hasOtherPath, pathMismatch } from "./entry.ts";
import type { Managers } from "./managers.ts";

/** Counts rows that point elsewhere than the settings: whoever uses such a secret is refused. */
export class EntriesElsewhere {
  #count = 0;
  #first: string | undefined;

  /** As far as the owner is open. */
  look(entry: OwnershipEntry, managers: Managers): void {
    const { name, manager, path } = entry;
    const owner = managers.opened(manager);
    if (owner === undefined || owner === managers.tableManager || !hasOtherPath(entry, owner)) return;
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
