import type { VaultAnswer } from "../auth/vault-answer.ts";
import { readStoredVersion, type StoredVersion } from "./stored-version.ts";

/** What the server keeps of a secret beside its values. */
export interface Kv2Entry {
  readonly stored: StoredVersion;
  readonly createdAt: Date;
}

/** Metadata as Vault sends it. */
interface Metadata {
  /** 0: there never was a version, or none any more. */
  readonly current: number;
  readonly createdTime: string;
  readonly versions: Readonly<Record<string, unknown>>;
}

/**
 * Reads the metadata of a secret.
 *
 * @returns `no secret` when the current version is deleted or destroyed, or when there never was one; undefined when it is
 * not what Vault sends
 */
export function readEntry(answer: VaultAnswer): Kv2Entry | "no secret" | undefined {
  const metadata = readMetadata(answer);
  if (metadata === undefined) return undefined;
  const { current, createdTime, versions } = metadata;
  if (current === 0) return "no secret";
  const version = versions[String(current)];
  if (!isRecord(version)) return undefined;
  const { created_time, deletion_time: deletionTime, destroyed } = version;
  const stored = readStoredVersion({ version: current, created_time });
  if (stored === undefined || typeof destroyed !== "boolean" || !isTimeOrEmpty(deletionTime))
    return undefined;
  if (destroyed || isPast(deletionTime, answer.headers.date)) return "no secret";
  return { stored, createdAt: new Date(createdTime) };
}

/**
 * Reads the counter of versions out of the metadata.
 *
 * @returns 0 when the metadata says that there is no version; undefined when it is not what Vault sends
 */
export function readCounter(answer: VaultAnswer): number | undefined {
  return readMetadata(answer)?.current;
}

/** Reads the current version out of the metadata, whether it was deleted or not. Undefined: there is none. */
export function readCurrentVersion(answer: VaultAnswer): StoredVersion | undefined {
  const { current = 0, versions } = readMetadata(answer) ?? {};
  const version = versions?.[String(current)];
  const { created_time } = isRecord(version) ? version : {};
  return readStoredVersion({ version: current, created_time });
}

/** Undefined: it did not come from Vault. Fields that are missing prove nothing, least of all that there is no version. */
function readMetadata({ status, data, requestId }: VaultAnswer): Metadata | undefined {
  if (status !== 200 || requestId === undefined || !isRecord(data)) return undefined;
  const { current_version: current, created_time: createdTime, versions } = data;
  if (typeof current !== "number" || !Number.isSafeInteger(current) || current < 0) return undefined;
  if (typeof createdTime !== "string" || !isRecord(versions)) return undefined;
  if (current === 0 && Object.keys(versions).length > 0) return undefined;
  return { current, createdTime, versions };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTimeOrEmpty(text: unknown): text is string {
  return text === "" || (typeof text === "string" && !Number.isNaN(Date.parse(text)));
}

/** A deletion can be set for later; until then the version is there. The server's clock decides. */
function isPast(deletionTime: string, serverDate: string | undefined): boolean {
  if (deletionTime === "") return false;
  const serverNow = Date.parse(serverDate ?? "");
  // The header has whole seconds.
  const now = Number.isNaN(serverNow) ? Date.now() : serverNow + 999;
  return Date.parse(deletionTime) <= now;
}
