import type { SecretsBackend } from "../backend/backend.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { Owner } from "../manager/owner.ts";
import type { OpenedPlugin } from "../registry/open-plugin.ts";

/** Opens a manager that is not selected. */
export type OpenOwner = (manager: string) => Promise<OpenedPlugin<SecretsBackend>>;

/**
 * The managers that own secrets: the selected one, the one that keeps the table, and those that open when a row turns out
 * to be theirs.
 */
export class Owners {
  readonly selected: Owner;
  /** Keeps the table. */
  readonly keeper: Owner;
  readonly #openOwner: OpenOwner;
  readonly #opened = new Map<string, Owner>();
  readonly #opening = new Map<string, Promise<Owner>>();
  readonly #disposers: (() => Promise<void>)[] = [];

  constructor(selected: Owner, keeper: Owner, openOwner: OpenOwner) {
    this.selected = selected;
    this.keeper = keeper;
    this.#openOwner = openOwner;
    this.#opened.set(selected.id, selected).set(keeper.id, keeper);
  }

  /** Of several calls that need one, the first opens it; a failure is not kept. */
  async open(manager: string): Promise<Owner> {
    const opened = this.#opened.get(manager);
    if (opened !== undefined) return opened;
    let opening = this.#opening.get(manager);
    if (opening === undefined) {
      opening = this.#open(manager).finally(() => this.#opening.delete(manager));
      this.#opening.set(manager, opening);
    }
    return opening;
  }

  /** Ends those that were opened because of a row. */
  async close(): Promise<void> {
    await Promise.allSettled(this.#opening.values());
    const results = await Promise.allSettled(this.#disposers.splice(0).map((dispose) => dispose()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #open(manager: string): Promise<Owner> {
    const { product, dispose } = await this.#openOwner(manager).catch((error: unknown) => {
      throw ofOneSecret(error, manager);
    });
    const owner = new Owner(manager, product);
    this.#disposers.push(dispose);
    this.#opened.set(manager, owner);
    return owner;
  }
}

/** An error of settings that a call meets, instead of a start: so that it can say which call of which secret. */
function ofOneSecret(error: unknown, manager: string): unknown {
  if (!isSecretsError(error, "INVALID_CONFIGURATION")) return error;
  const { reason = "OWNER_NOT_CONFIGURED" } = error;
  return new SecretsError(error.code, error.message, { reason, manager });
}
