import type { EntryChange, ExpectedEntry, OwnershipEntry, SecretCopy } from "../backend/ownership-store.ts";
import { quotedText } from "../errors/printable-text.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import type { BackendHandle } from "../store/backend-handle.ts";

/** The content of an entry without a transition: its owner, and the copy elsewhere. */
export function activeEntry({
  manager,
  path,
  copy,
}: Pick<ExpectedEntry, "manager" | "path"> & { readonly copy?: SecretCopy | undefined }): EntryChange {
  return {
    manager,
    state: "active",
    ...(path === undefined ? {} : { path }),
    ...(copy === undefined ? {} : { copy }),
  };
}

/** The entry of a secret that an owner holds at the path of its settings. */
export function ownedBy(owner: BackendHandle, name: string): EntryChange {
  const path = owner.path(name);
  return { manager: owner.id, state: "active", ...(path === undefined ? {} : { path }) };
}

/**
 * Refuses an entry whose path differs from the settings: either was changed. A stored path is never used.
 *
 * @throws SecretsError INVALID_CONFIGURATION, reason PATH_MISMATCH
 */
export function assertPath(name: string, path: string | undefined, owner: BackendHandle): void {
  if (path !== owner.path(name)) throw pathMismatch(name, path, owner);
}

/** Whether an entry records another path than the settings give. */
export function hasOtherPath(
  { name, path }: Pick<OwnershipEntry, "name" | "path">,
  owner: BackendHandle,
): boolean {
  return path !== owner.path(name);
}

/** Names both paths. */
export function pathMismatch(name: string, path: string | undefined, owner: BackendHandle): SecretsError {
  const recorded = quotedText(path ?? "no path");
  const expected = quotedText(owner.path(name) ?? "none");
  const message = `The ownership table records that ${owner.id} stores the secret at ${recorded}, and the settings say ${expected}. A stored path that differs from the configuration is never used. If the settings are wrong, correct them. If they were changed on purpose, move the values to the new path and call \`rebindPaths\`. Otherwise the row was edited.`;
  return new SecretsError("INVALID_CONFIGURATION", message, { reason: "PATH_MISMATCH", manager: owner.id });
}
