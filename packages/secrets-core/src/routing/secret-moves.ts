import { randomUUID } from "node:crypto";
import type { Expectation } from "../backend/backend.ts";
import type {
  Reference,
  ReferenceChange,
  ReferenceExpectation,
  SecretCopy,
} from "../backend/reference-store.ts";
import { printableText, quotedText } from "../errors/printable-text.ts";
import { isSecretsError, SecretsError } from "../errors/secrets-error.ts";
import { secretInTransition } from "../errors/unmet-expectation.ts";
import { backoff } from "../manager/backoff.ts";
import type { Operation } from "../manager/operation.ts";
import type { Owner } from "../manager/owner.ts";
import type { SecretCache } from "../manager/secret-cache.ts";
import { sendChange } from "../manager/send-change.ts";
import { isSameValue } from "../secret/same-value.ts";
import type { Secret, SecretVersion } from "../secret/secret.ts";
import { assertInTime } from "./in-time.ts";
import type { Owners } from "./owners.ts";
import type { ReferenceTable } from "./reference-table.ts";
import { assertPath, isSameRow, ownedBy, settled, underWay } from "./row.ts";
import type { Transitions } from "./transitions.ts";

/** What became of one secret: `absent` is a row whose owner has no value; `changed`, that the row is not as it was read. */
export type MoveOutcome = "moved" | "absent" | "changed";

/** What moves are made of. */
export interface MoveParts {
  readonly table: ReferenceTable;
  readonly owners: Owners;
  readonly transitions: Transitions;
  readonly cache: SecretCache | undefined;
}

/**
 * Moves single secrets from one manager to another, under readers and writers. The row is held fast, so that writers wait;
 * the value is rewritten at its source under the version that was read, so that a writer who looked at the row before
 * cannot land any more; it is copied and read back; then the row names the new owner. Readers find it all the time.
 */
export class SecretMoves {
  readonly #table: ReferenceTable;
  readonly #owners: Owners;
  readonly #transitions: Transitions;
  readonly #cache: SecretCache | undefined;

  constructor({ table, owners, transitions, cache }: MoveParts) {
    this.#table = table;
    this.#owners = owners;
    this.#transitions = transitions;
    this.#cache = cache;
  }

  /**
   * Moves a secret whose row has nothing under way.
   *
   * @throws SecretsError ALREADY_EXISTS, reason TARGET_OCCUPIED, when the target holds a secret of this name that is not a
   * copy; CONFLICT, reason COPY_ELSEWHERE, when a third manager holds a copy; CONFLICT, reason COPY_CHANGED, when somebody
   * changed the copy; INVALID_VALUE, reason NUMBER_NOT_EXACT, when the value contains a number that would be rounded. The
   * secret stays where it was
   */
  async move(row: Reference, target: Owner, operation: Operation): Promise<MoveOutcome> {
    const source = await this.#transitions.ownerOf(row);
    const earlier = await this.#assertRoom(row, target, operation);
    return sendChange(row.name, operation, this.#cache, async () => {
      const held = { ...underWay(row, "moving", randomUUID()), copy: copyAt(target, row.name) };
      if (!(await this.#table.advance(row, held, operation))) return "changed";
      let hasCopy = false;
      try {
        const fenced = await this.#fence(row.name, source, operation);
        if (fenced === undefined) {
          await this.#table.advance(held, settled(row), operation.finishing());
          return "absent";
        }
        hasCopy = true;
        await this.#copy(held, fenced.secret, target, earlier, operation).catch((error: unknown) => {
          hasCopy = mayBeThere(error);
          throw error;
        });
        await this.#verify(fenced.secret, target, operation);
        const copy: SecretCopy = {
          ...copyAt(source, row.name),
          ...(fenced.version === undefined ? {} : { version: fenced.version }),
        };
        const moved = { ...ownedBy(target, row.name), copy };
        if (await this.#table.advance(held, moved, operation.finishing())) return "moved";
        throw secretInTransition(held.state);
      } catch (error) {
        // With a copy that may be there, the row goes on naming it.
        const back = hasCopy ? settled(held) : settled(row);
        await this.#table.advance(held, back, operation.finishing()).catch(() => undefined);
        throw error;
      }
    });
  }

  /**
   * Looks whether a move would be refused, and changes nothing. The value is read, as it may be one that does not open.
   *
   * @throws SecretsError as `move` does before it touches the row, and what reading the secret throws
   */
  async rehearse(row: Reference, target: Owner, operation: Operation): Promise<MoveOutcome> {
    const source = await this.#transitions.ownerOf(row);
    await this.#assertRoom(row, target, operation);
    if (source !== this.#owners.keeper) {
      return (await source.get(row.name, operation.exact())) === undefined ? "absent" : "moved";
    }
    const stored = (await this.#table.read(row.name, operation.exact()))?.secret;
    if (stored === undefined) return "absent";
    source.secret(row.name, stored);
    return "moved";
  }

  /**
   * Removes the copy that a move left behind.
   *
   * @throws SecretsError CONFLICT, reason OWNER_EMPTY, when the owner has no value: the copy is the last one then
   */
  async finalize(row: Reference, operation: Operation): Promise<"removed" | "changed"> {
    const { name } = row;
    const owner = await this.#transitions.ownerOf(row);
    const holder = await this.#transitions.holderOf(row);
    const { copy: _copy, ...rest } = settled(row);
    return sendChange(name, operation, this.#cache, async () => {
      const held = await this.#transitions.hold(row, operation);
      if (held === undefined) return "changed";
      let isRemoved = false;
      try {
        const isThere = owner === this.#owners.keeper || (await owner.has(name, operation));
        if (!isThere) throw ownerEmpty(owner.id, row.copy?.manager ?? owner.id);
        if (holder !== undefined) await this.#deleteCopy(held, holder, operation);
        isRemoved = true;
      } finally {
        await this.#table.advance(held, isRemoved ? rest : settled(held), operation.finishing());
      }
      return "removed";
    });
  }

  /**
   * Rewrites the paths of a row, once its values are proven to lie where the settings say. What somebody left half way is
   * done with then, as the value is there; a deletion goes on at the new path when it is old enough again.
   *
   * @returns `unchanged` when the row says so already
   * @throws SecretsError NOT_FOUND, reason NOT_AT_NEW_PATH, when there is nothing: the row stays as it is
   */
  async rebind(row: Reference, operation: Operation): Promise<"rebound" | "unchanged" | "changed"> {
    const { name } = row;
    const owner = await this.#owners.open(row.manager);
    const holder = row.copy === undefined ? undefined : await this.#owners.open(row.copy.manager);
    const rebound: ReferenceChange = {
      ...ownedBy(owner, name),
      ...(row.state === "deleting" ? { state: row.state, operationId: randomUUID() } : {}),
      ...(row.copy === undefined || holder === undefined
        ? {}
        : { copy: { ...row.copy, ...copyAt(holder, name) } }),
    };
    const isOwnerBound = row.path === owner.path(name);
    const isCopyBound = holder === undefined || row.copy?.path === holder.path(name);
    if (isOwnerBound && isCopyBound) return "unchanged";
    if (!isOwnerBound && !(await owner.has(name, operation))) throw notAtNewPath(owner, name);
    if (!isCopyBound && holder !== undefined && !(await holder.has(name, operation)))
      throw notAtNewPath(holder, name);
    return (await this.#table.advance(row, rebound, operation)) ? "rebound" : "changed";
  }

  /** The copy that may be overwritten. Undefined: there is none, and the place is free. */
  async #assertRoom(row: Reference, target: Owner, operation: Operation): Promise<SecretCopy | undefined> {
    const { name, copy } = row;
    if (copy !== undefined && copy.manager !== target.id) throw copyElsewhere(copy.manager);
    if (target === this.#owners.keeper) return copy;
    if (copy !== undefined) assertPath(name, copy.path, target);
    // Before the row is touched: it also shows whether the target can hold such a name.
    else if (await target.has(name, operation)) throw targetOccupied(target.id);
    return copy;
  }

  /** The value, and the version under which nobody but this call can have written it. Undefined: there is no value. */
  async #fence(
    name: string,
    source: Owner,
    operation: Operation,
  ): Promise<{ readonly secret: Secret; readonly version: SecretVersion | undefined } | undefined> {
    for (let attempt = 0; ; attempt++) {
      operation.signal.throwIfAborted();
      if (source === this.#owners.keeper) {
        // Its writes ask for the state of the row in the same statement.
        const stored = (await this.#table.read(name, operation.exact()))?.secret;
        return stored === undefined
          ? undefined
          : { secret: source.secret(name, stored), version: stored.version };
      }
      // The fence writes at the source what was read there, so that it must not be rounded either.
      const secret = await source.get(name, operation.exact());
      if (secret === undefined) return undefined;
      const expect =
        source.conditionalWrites && secret.version !== undefined
          ? source.expectation(secret.version)
          : undefined;
      if (expect === undefined) return { secret, version: undefined };
      try {
        const { version } = await source.write(name, secret.value, expect, operation);
        return { secret, version: version === undefined ? undefined : source.expectation(version)?.version };
      } catch (error) {
        // A writer who had looked at the row before was faster, or it was deleted by somebody without the table.
        if (!isSecretsError(error, "CONFLICT") && !isSecretsError(error, "NOT_FOUND")) throw error;
        await backoff(attempt, operation.signal);
      }
    }
  }

  /** Puts the copy. */
  async #copy(
    held: ReferenceExpectation,
    { value }: Secret,
    target: Owner,
    earlier: SecretCopy | undefined,
    operation: Operation,
  ): Promise<void> {
    const { name } = held;
    if (target === this.#owners.keeper) {
      // The table reads back what it keeps.
      const { name: _name, ...row } = held;
      if (await this.#table.advance(held, { ...row, value }, operation)) return;
      throw secretInTransition(held.state);
    }
    const expect = await this.#expectedCopy(name, target, earlier, operation);
    assertInTime(operation);
    try {
      await target.write(name, value, expect, operation);
    } catch (error) {
      if (isSecretsError(error, "ALREADY_EXISTS")) throw targetOccupied(target.id);
      if (isSecretsError(error, "CONFLICT")) throw copyChanged(target.id);
      if (typeof expect !== "object" || !isSecretsError(error, "NOT_FOUND")) throw error;
      // Somebody removed the copy.
      assertInTime(operation);
      await target.write(name, value, "absent", operation);
    }
  }

  /** What is overwritten is named by its version wherever there is one: what is there may be no copy any more. */
  async #expectedCopy(
    name: string,
    target: Owner,
    earlier: SecretCopy | undefined,
    operation: Operation,
  ): Promise<Expectation> {
    if (earlier === undefined) return "absent";
    if (!target.conditionalWrites) return "any";
    if (earlier.version !== undefined) return { version: earlier.version };
    // An earlier move that was interrupted may have left one, or not.
    const copy = await target.get(name, operation.deciding());
    if (copy === undefined) return "absent";
    return (copy.version === undefined ? undefined : target.expectation(copy.version)) ?? "any";
  }

  /** The copy as it was left; one that somebody changed goes all the same, when the row is seen to be held still. */
  async #deleteCopy(held: ReferenceExpectation, holder: Owner, operation: Operation): Promise<void> {
    const { name, copy } = held;
    const isConditional = holder.conditionalWrites && copy?.version !== undefined;
    assertInTime(operation);
    try {
      await holder.delete(name, isConditional ? { version: copy.version } : "any", operation);
    } catch (error) {
      if (!isConditional || !isSecretsError(error, "CONFLICT")) throw error;
      if (!isSameRow(held, await this.#table.find(name, operation))) throw secretInTransition(held.state);
      assertInTime(operation);
      await holder.delete(name, "any", operation);
    }
  }

  async #verify({ name, value }: Secret, target: Owner, operation: Operation): Promise<void> {
    // What the table keeps it has read back itself.
    if (target === this.#owners.keeper) return;
    const copy = await target.get(name, operation.deciding());
    if (copy === undefined || !isSameValue(value, copy.value)) throw copyDiffers(target.id);
  }
}

function copyAt(holder: Owner, name: string): SecretCopy {
  const path = holder.path(name);
  return { manager: holder.id, ...(path === undefined ? {} : { path }) };
}

/** Whether a copy may be there although writing it failed. */
function mayBeThere(error: unknown): boolean {
  return !isSecretsError(error) || error.code === "OUTCOME_UNKNOWN" || error.code === "INTERNAL";
}

function targetOccupied(target: string): SecretsError {
  return new SecretsError(
    "ALREADY_EXISTS",
    `${printableText(target)} holds a secret of this name already, which is no copy of this one; nothing was moved. Look at both. To keep this one, delete the other with the tools of ${printableText(target)}; to keep the other, call \`delete\` here, which leaves it alone.`,
    { reason: "TARGET_OCCUPIED", manager: target },
  );
}

function copyElsewhere(holder: string): SecretsError {
  return new SecretsError(
    "CONFLICT",
    `${printableText(holder)} still holds the copy of an earlier move. Call \`finalizeMigration\` to remove it, then move the secret on.`,
    { reason: "COPY_ELSEWHERE", retryable: false, manager: holder },
  );
}

function copyChanged(holder: string): SecretsError {
  return new SecretsError(
    "CONFLICT",
    `Somebody changed the copy that ${printableText(holder)} holds since the secret was moved away. Look at it there; \`finalizeMigration\` removes it, and then the secret can be moved.`,
    { reason: "COPY_CHANGED", retryable: false, manager: holder },
  );
}

function copyDiffers(target: string): SecretsError {
  return new SecretsError(
    "INTERNAL",
    `${printableText(target)} did not give back what was written there; the secret stays where it was.`,
    { reason: "COPY_DIFFERS", manager: target },
  );
}

function ownerEmpty(owner: string, holder: string): SecretsError {
  return new SecretsError(
    "CONFLICT",
    `${printableText(owner)} owns the secret and has no value: the copy at ${printableText(holder)} is the last one, and stays. Find out who deleted it at ${printableText(owner)}; \`delete\` removes the rest.`,
    { reason: "OWNER_EMPTY", retryable: false, manager: owner },
  );
}

function notAtNewPath(owner: Owner, name: string): SecretsError {
  return new SecretsError(
    "NOT_FOUND",
    `${owner.id} has nothing at ${quotedText(owner.path(name) ?? name)}: move the value there first. The row stays as it is.`,
    { reason: "NOT_AT_NEW_PATH", manager: owner.id },
  );
}
