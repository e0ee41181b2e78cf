/** One version of a secret on KV 2, as `metadata` of a read or the answer to a write has it. */
export interface StoredVersion {
  readonly version: number;
  readonly createdTime: string;
}

/** Reads it. Undefined: it is not what Vault sends. */
export function readStoredVersion(metadata: unknown): StoredVersion | undefined {
  if (typeof metadata !== "object" || metadata === null) return undefined;
  const { version, created_time: createdTime } = metadata as Record<string, unknown>;
  if (typeof version !== "number" || !Number.isSafeInteger(version) || version < 1) return undefined;
  if (typeof createdTime !== "string" || Number.isNaN(Date.parse(createdTime))) return undefined;
  return { version, createdTime };
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
