import type { Reference, ReferenceChange, ReferenceExpectation } from "../backend/reference-store.ts";
import { isSameReference } from "../backend/same-reference.ts";
import { quotedText } from "../errors/printable-text.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import type { Owner } from "../manager/owner.ts";

/** Whether a row reads as a secret that is there. */
export function isReadable({ state }: Pick<Reference, "state">): boolean {
  return state === "active" || state === "moving";
}

/** Whether nothing happened to a row between two looks. */
export function isSameRow(one: ReferenceExpectation, other: ReferenceExpectation | undefined): boolean {
  return other !== undefined && isSameReference(one, other);
}

/** The row as it is when nothing is under way: its owner, and the copy elsewhere. */
export function settled({ manager, path, copy }: ReferenceExpectation): ReferenceChange {
  return {
    manager,
    state: "active",
    ...(path === undefined ? {} : { path }),
    ...(copy === undefined ? {} : { copy }),
  };
}

/** The same row with a change under way. */
export function underWay(
  row: ReferenceExpectation,
  state: "pending" | "moving" | "deleting",
  operationId: string,
): ReferenceExpectation {
  return { ...settled(row), name: row.name, state, operationId };
}

/** The row of a secret that an owner holds where its settings say. */
export function ownedBy(owner: Owner, name: string): ReferenceChange {
  const path = owner.path(name);
  return { manager: owner.id, state: "active", ...(path === undefined ? {} : { path }) };
}

/**
 * Refuses a row that points elsewhere than the settings: somebody edited it, or changed the settings. What it says is never
 * followed.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason PATH_MISMATCH
 */
export function assertPath(name: string, path: string | undefined, owner: Owner): void {
  if (path !== owner.path(name)) throw pathMismatch(name, path, owner);
}

/** Whether a row records another path than the settings give. */
export function pointsElsewhere({ name, path }: Pick<Reference, "name" | "path">, owner: Owner): boolean {
  return path !== owner.path(name);
}

/** Names both paths. */
export function pathMismatch(name: string, path: string | undefined, owner: Owner): SecretsError {
  const [recorded, expected] = [path ?? "no path", owner.path(name) ?? "none"].map((text) =>
    quotedText(text),
  );
  return new SecretsError(
    "INVALID_CONFIGURATION",
    `The row of the secret says that ${owner.id} keeps it at ${recorded}; by the settings it is ${expected}. Nobody follows a row that points elsewhere. If the settings are wrong, correct them; if they were changed on purpose, move the values there and call \`rebindReferences\`; if neither, somebody edited the row.`,
    { reason: "PATH_MISMATCH", manager: owner.id },
  );
}
