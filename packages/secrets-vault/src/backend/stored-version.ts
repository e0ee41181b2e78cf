/** One version of a secret on KV 2, as `metadata` of a read or the answer to a write has it. */
export interface StoredVersion {
  readonly version: number;
  /** When it was made, as Vault wrote it: to the nanosecond. */
  readonly createdTime: string;
  /** The same, to the millisecond. */
  readonly createdAt: Date;
}

/** Reads it. Undefined: it is not what Vault sends. */
export function readStoredVersion(metadata: unknown): StoredVersion | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const { version, created_time: createdTime } = metadata as Record<string, unknown>;
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1) return undefined;
  if (typeof createdTime !== "string") return undefined;
  const createdAt = new Date(createdTime);
  return Number.isNaN(createdAt.getTime()) ? undefined : { version, createdTime, createdAt };
}

/** Whether both are the same version of the same secret: the counter begins again after a deletion. */
export function isSameVersion(one: StoredVersion, other: StoredVersion): boolean {
  return one.version === other.version && one.createdTime === other.createdTime;
}

/**
 * The version that callers see: the counter with the time at which this version was made. The counter alone is none, since
 * it begins anew when a secret is deleted and created again.
 */
export function versionText({ version, createdTime }: StoredVersion): string {
  return `${version}@${createdTime}`;
}
