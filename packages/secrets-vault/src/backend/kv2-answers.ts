import type { SecretRevision, SecretValue, StoredInfo } from "@archestra/secrets-core/plugin";
import { isAbsence, isDeletedVersion, type VaultAnswer } from "../answers/vault-answer.ts";

/** One version of a secret on KV 2. */
export interface StoredVersion {
  readonly counter: number;
  /** When it was created, as Vault wrote it: to the nanosecond. */
  readonly createdTime: string;
  /** The same, to the millisecond. */
  readonly createdAt: Date;
}

export type Kv2State =
  | { readonly status: "found"; readonly stored: StoredVersion; readonly value: SecretValue }
  /** Another program deleted or destroyed the version: absent to callers, and the next write needs its counter. */
  | { readonly status: "deleted"; readonly stored: StoredVersion }
  | { readonly status: "absent" }
  /** The value is lost or not an object. The metadata exists. */
  | { readonly status: "damaged"; readonly error: unknown };

/** A state that a read shows. The caller makes an error of `unreadable`: Vault answered, and the value is not an object. */
type ReadState = Exclude<Kv2State, { status: "damaged" }> | { readonly status: "unreadable" };

export interface Kv2Metadata {
  /** 0: there is no version. */
  readonly counter: number;
  readonly createdAt: Date;
  /** The version of the counter, which may be deleted. Undefined: there is none, or it is damaged. */
  readonly current: StoredVersion | undefined;
  /** Whether that version is deleted or destroyed. Undefined: the metadata does not show it. */
  readonly isDeleted: boolean | undefined;
}

/** Reads the version from `metadata` of a read, or from the answer to a write. Undefined: it did not come from Vault. */
export function readStoredVersion(metadata: unknown): StoredVersion | undefined {
  if (!isRecord(metadata)) return undefined;
  const { version: counter, created_time: createdTime } = metadata;
  if (typeof counter !== "number" || !Number.isSafeInteger(counter) || counter < 1) return undefined;
  if (typeof createdTime !== "string") return undefined;
  const createdAt = new Date(createdTime);
  return Number.isNaN(createdAt.getTime()) ? undefined : { counter, createdTime, createdAt };
}

/** Reads the answer to a read. Undefined: it did not come from Vault. */
export function readState(answer: VaultAnswer): ReadState | undefined {
  const { status, data, requestId } = answer;
  if (isAbsence(answer)) return { status: "absent" };
  if (!isRecord(data)) return undefined;
  const { data: value, metadata } = data;
  const stored = readStoredVersion(metadata);
  if (stored === undefined) return undefined;
  if (isDeletedVersion(answer)) return { status: "deleted", stored };
  if (status !== 200) return undefined;
  if (isRecord(value)) return { status: "found", stored, value: value as SecretValue };
  // An unreadable value can be overwritten, so it must come from Vault.
  return requestId === undefined ? undefined : { status: "unreadable" };
}

/**
 * Reads the metadata of a secret.
 *
 * @returns undefined when it did not come from Vault. Missing fields prove nothing, least of all that there is no version
 */
export function readMetadata({ status, data, requestId, headers }: VaultAnswer): Kv2Metadata | undefined {
  if (status !== 200 || requestId === undefined || !isRecord(data)) return undefined;
  const { current_version: counter, created_time: createdTime, versions } = data;
  if (typeof counter !== "number" || !Number.isSafeInteger(counter) || counter < 0) return undefined;
  if (typeof createdTime !== "string" || !isRecord(versions)) return undefined;
  if (counter === 0 && Object.keys(versions).length > 0) return undefined;
  const version = versions[String(counter)];
  const { created_time, deletion_time: deletionTime, destroyed } = isRecord(version) ? version : {};
  const isKnown = typeof destroyed === "boolean" && isTimeOrEmpty(deletionTime);
  return {
    counter,
    createdAt: new Date(createdTime),
    current: readStoredVersion({ version: counter, created_time }),
    isDeleted: isKnown ? destroyed || isPast(deletionTime, headers.date) : undefined,
  };
}

/**
 * Reads all versions from the metadata of a secret, the newest first.
 *
 * @returns undefined when they did not come from Vault
 */
export function readRevisions(answer: VaultAnswer): SecretRevision[] | undefined {
  const { data, headers } = answer;
  if (readMetadata(answer) === undefined || !isRecord(data) || !isRecord(data.versions)) return undefined;
  const revisions: (SecretRevision & { readonly counter: number })[] = [];
  for (const [number, entry] of Object.entries(data.versions)) {
    const { created_time, deletion_time: deletionTime, destroyed } = isRecord(entry) ? entry : {};
    const stored = readStoredVersion({ version: Number(number), created_time });
    if (stored === undefined || typeof destroyed !== "boolean" || !isTimeOrEmpty(deletionTime))
      return undefined;
    const isDeleted = isPast(deletionTime, headers.date);
    revisions.push({
      counter: stored.counter,
      version: versionOf(stored),
      createdAt: stored.createdAt,
      state: destroyed ? "destroyed" : isDeleted ? "deleted" : "present",
      ...(deletionTime === "" ? {} : { deletedAt: new Date(deletionTime) }),
    });
  }
  revisions.sort((one, other) => other.counter - one.counter);
  return revisions.map(({ counter: _, ...revision }) => revision);
}

/** Whether both are the same version of the same secret: after a deletion, the counter starts again. */
export function isSameVersion(one: StoredVersion, other: StoredVersion): boolean {
  return one.counter === other.counter && one.createdTime === other.createdTime;
}

/**
 * The version that callers receive: the counter with the time at which this version was created. The counter alone does not
 * identify it, since it starts again when a secret is deleted and created again.
 */
export function versionOf({ counter, createdTime }: StoredVersion): string {
  return `${counter}@${createdTime}`;
}

/** What callers receive beside the value. */
export function infoOf(name: string, stored: StoredVersion): StoredInfo {
  return { name, version: versionOf(stored), updatedAt: stored.createdAt };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isTimeOrEmpty(text: unknown): text is string {
  return text === "" || (typeof text === "string" && !Number.isNaN(Date.parse(text)));
}

/** A deletion can be scheduled; until then the version exists. The server's clock decides. */
function isPast(deletionTime: string, serverDate: string | undefined): boolean {
  if (deletionTime === "") return false;
  const serverNow = Date.parse(serverDate ?? "");
  // The header has whole seconds.
  const now = Number.isNaN(serverNow) ? Date.now() : serverNow + 999;
  return Date.parse(deletionTime) <= now;
}
