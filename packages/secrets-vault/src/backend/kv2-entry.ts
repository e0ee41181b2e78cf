import type { VaultAnswer } from "../auth/vault-answer.ts";
import { readStoredVersion, type StoredVersion } from "./stored-version.ts";

/** What the server keeps of a secret beside its values. */
export interface Kv2Entry {
  readonly stored: StoredVersion;
  readonly createdAt: Date;
}

/**
 * Reads the metadata of a secret.
 *
 * @returns `no secret` when the current version is deleted or destroyed, or when there never was one; undefined when it is
 * not what Vault sends
 */
export function readEntry({ data, headers }: VaultAnswer): Kv2Entry | "no secret" | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const {
    current_version: current,
    versions,
    created_time: createdTime,
  } = data as Readonly<Record<string, unknown>>;
  if (typeof current !== "number" || typeof createdTime !== "string") return undefined;
  if (current === 0) return "no secret";
  const version = (versions as Readonly<Record<string, Readonly<Record<string, unknown>>>> | null)?.[
    String(current)
  ];
  if (version === undefined) return undefined;
  const stored = readStoredVersion({ version: current, created_time: version.created_time });
  if (stored === undefined) return undefined;
  if (version.destroyed === true || isPast(version.deletion_time, headers.date)) return "no secret";
  return { stored, createdAt: new Date(createdTime) };
}

/** Reads the current version out of the metadata, whether it was deleted or not. Undefined: there is none. */
export function readCurrentVersion({ data }: VaultAnswer): StoredVersion | undefined {
  const { current_version: current, versions } = (data ?? {}) as Readonly<Record<string, unknown>>;
  const version = (versions as Readonly<Record<string, unknown>> | null | undefined)?.[String(current)];
  const { created_time } = (version ?? {}) as { readonly created_time?: unknown };
  return readStoredVersion({ version: current, created_time });
}

/** A deletion can be set for later; until then the version is there. The server's clock decides. */
function isPast(deletionTime: unknown, serverDate: string | undefined): boolean {
  if (typeof deletionTime !== "string" || deletionTime === "") return false;
  const serverNow = Date.parse(serverDate ?? "");
  // The header has whole seconds.
  const now = Number.isNaN(serverNow) ? Date.now() : serverNow + 999;
  return Date.parse(deletionTime) <= now;
}
