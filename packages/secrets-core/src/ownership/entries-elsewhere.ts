import type { HealthProblem } from "../backend/backend.ts";
import type { OwnershipEntry } from "../backend/ownership-store.ts";
import { quotedText } from "../errors/printable-text.ts";
import { hasOtherPath, pathMismatch } from "./entry.ts";
import type { Managers } from "./managers.ts";

/** Counts entries whose path differs from the one that results from the settings. Calls for their secrets are refused. */
export class EntriesElsewhere {
  readonly #managers: Managers;
  #count = 0;
  #first: string | undefined;

  constructor(managers: Managers) {
    this.#managers = managers;
  }

  /** Counts an entry if its owner is open and its path differs. */
  add(entry: OwnershipEntry): void {
    const { name, manager, path } = entry;
    const owner = this.#managers.opened(manager);
    if (owner === undefined || owner === this.#managers.tableManager || !hasOtherPath(entry, owner)) return;
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
