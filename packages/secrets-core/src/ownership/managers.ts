import type { SecretsBackend } from "../backend/backend.ts";
import type { ExpectedEntry } from "../backend/ownership-store.ts";
import { printableText } from "../errors/printable-text.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { Closing } from "../registry/closing.ts";
import type { ClosableProduct } from "../registry/open-plugin.ts";
import { CLEANUP_TIMEOUT, type OpeningLimits } from "../registry/opening.ts";
import type { SecretsManagerPlan } from "../registry/resolve-secrets-manager.ts";
import { endsWithin } from "../registry/with-timeout.ts";
import { BackendHandle } from "../store/backend-handle.ts";
import { assertPath } from "./entry.ts";

/** The limits of opening a manager that owns a secret. */
export type OwnerOpeningLimits = Pick<OpeningLimits, "timeout" | "late">;

/** Opens the managers that are not selected. */
export interface OtherManagers extends Pick<SecretsManagerPlan, "idOf" | "assertTableManagerConfigured"> {
  readonly open: (manager: string, limits: OwnerOpeningLimits) => Promise<ClosableProduct<SecretsBackend>>;
}

/** As long as the longest call: a manager that did not open in that time is dropped, and the next call opens it again. */
const OPENING_TIMEOUT = 60_000;

/**
 * The managers that own secrets: the selected one, the one that keeps the table, and those that open when a row turns out
 * to be theirs.
 */
export class Managers {
  readonly selected: BackendHandle;
  /** Keeps the table. */
  readonly tableManager: BackendHandle;
  /** The ids of those that calls used since secrets were last counted: they hold secrets, whatever was counted before. */
  readonly needed = new Set<string>();
  readonly #others: OtherManagers;
  readonly #opened = new Map<string, BackendHandle>();
  readonly #opening = new Map<string, Promise<BackendHandle>>();
  readonly #disposers: ClosableProduct<unknown>["dispose"][] = [];
  #isClosed = false;

  constructor(selected: BackendHandle, tableManager: BackendHandle, others: OtherManagers) {
    this.selected = selected;
    this.tableManager = tableManager;
    this.#others = others;
    this.#opened.set(selected.id, selected).set(tableManager.id, tableManager);
  }

  /** An id from the caller, as entries record it. The id of a manager that is not installed is converted to upper case. */
  idOf(manager: string): string {
    return this.#others.idOf(manager) ?? manager.trim().toUpperCase();
  }

  /** A manager that is open. */
  opened(manager: string): BackendHandle | undefined {
    return this.#opened.get(manager);
  }

  /** Of several calls that need one, the first opens it; a failure is not kept. */
  async open(manager: string): Promise<BackendHandle> {
    const opened = this.#opened.get(manager);
    if (opened !== undefined) {
      this.needed.add(manager);
      return opened;
    }
    let opening = this.#opening.get(manager);
    if (opening === undefined) {
      opening = this.#open(manager).finally(() => this.#opening.delete(manager));
      this.#opening.set(manager, opening);
    }
    return opening;
  }

  /** The owner that an entry names, once its path is known to agree with the settings. */
  async ownerOf({ name, manager, path }: ExpectedEntry): Promise<BackendHandle> {
    const owner = await this.open(manager);
    assertPath(name, path, owner);
    return owner;
  }

  /**
   * The manager that holds a copy. Undefined: none, or the table's manager, in the row itself.
   *
   * @throws SecretsError INVALID_CONFIGURATION, reason COPY_AT_OWNER, when that is the owner: the copy would be the secret
   */
  async copyHolderOf({ name, manager, copy }: ExpectedEntry): Promise<BackendHandle | undefined> {
    if (copy?.manager === manager) throw copyAtOwner(manager);
    if (copy === undefined || copy.manager === this.tableManager.id) return undefined;
    const holder = await this.open(copy.manager);
    assertPath(name, copy.path, holder);
    return holder;
  }

  /**
   * One that secrets are about to be moved to or from, many of them: better refused here than at each.
   *
   * @throws SecretsError INVALID_CONFIGURATION when its settings do not suffice for secrets
   */
  async openForMoves(manager: string): Promise<BackendHandle> {
    const owner = await this.open(manager);
    if (owner !== this.tableManager) return owner;
    try {
      this.#others.assertTableManagerConfigured();
    } catch (error) {
      throw ofOneSecret(error, manager);
    }
    return owner;
  }

  /** Closes the managers that were opened because of an entry. */
  async close(closing: Closing): Promise<void> {
    this.#isClosed = true;
    await endsWithin(Promise.allSettled(this.#opening.values()), closing.timeLeft / 2);
    const results = await Promise.allSettled(this.#disposers.splice(0).map((dispose) => dispose(closing)));
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }

  async #open(manager: string): Promise<BackendHandle> {
    const late = () => openingNotEnded(manager);
    const { product, dispose } = await this.#others
      .open(manager, { timeout: OPENING_TIMEOUT, late })
      .catch((error: unknown) => {
        throw ofOneSecret(error, manager);
      });
    if (this.#isClosed) {
      await dispose(new Closing(CLEANUP_TIMEOUT)).catch(() => undefined);
      throw new SecretsError("ABORTED", "The secrets manager was closed before the call ended.");
    }
    const owner = new BackendHandle(manager, product);
    this.#disposers.push(dispose);
    this.#opened.set(manager, owner);
    this.needed.add(manager);
    return owner;
  }
}

function openingNotEnded(manager: string): SecretsError {
  const message = `The manager ${printableText(manager)}, which owns the secret, did not open in time. The next call that needs it opens it again.`;
  return new SecretsError("UNAVAILABLE", message, { reason: "OPENING_NOT_ENDED" });
}

/** An error of settings that a call meets, instead of a start: so that it can say which call of which secret. */
function ofOneSecret(error: unknown, manager: string): unknown {
  if (!isSecretsError(error, "INVALID_CONFIGURATION")) return error;
  const { reason = "OWNER_NOT_CONFIGURED" } = error;
  return new SecretsError(error.code, error.message, { reason, manager });
}

function copyAtOwner(manager: string): SecretsError {
  const message = `The ownership table records that ${printableText(manager)} owns the secret and holds a copy of it. Removing the copy would remove the secret. The row was edited: find out who writes to the table, and clear the columns of the copy in this row.`;
  return new SecretsError("INVALID_CONFIGURATION", message, { reason: "COPY_AT_OWNER", manager });
}
