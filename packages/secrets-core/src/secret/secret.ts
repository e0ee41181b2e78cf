/** Any JSON value. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** The value of a secret: a JSON object, which may be empty. */
export type SecretValue = { readonly [key: string]: JsonValue };

/**
 * Identifies a state of a secret, as an opaque string. It combines the manager, the life of the secret and a counter: after
 * a deletion and re-creation, an old version conflicts. Re-encryption keeps it, and a move to another manager changes it.
 */
export type SecretVersion = string;

/** Describes a secret without its value. */
export interface SecretInfo {
  /** The name, which identifies the secret. */
  readonly name: string;
  /** The id of the manager that owns it, such as `DB` or `VAULT`. */
  readonly manager: string;
  /** The version. Absent: the store has no versions, or requires another request for it. */
  readonly version?: SecretVersion;
  /** When it was created, by the store's clock. Absent: the store does not report it. */
  readonly createdAt?: Date;
  /** When its value was last changed, by the store's clock. Absent: the store does not report it. */
  readonly updatedAt?: Date;
}

/** A version of a secret, without its value, that the store keeps or of which it keeps the record. */
export interface SecretRevision {
  /** The version, as `Secret.version` of that time. */
  readonly version: SecretVersion;
  /** When it was written, by the store's clock. Absent: the store does not report it. */
  readonly createdAt?: Date;
  /** `present`: the store has its value. `deleted`: the store can restore it. `destroyed`: the value is gone. */
  readonly state: "present" | "deleted" | "destroyed";
  /** When it was deleted, or will be. Absent: it was not, or the store does not report it. */
  readonly deletedAt?: Date;
}

/** A folder of secrets, as `list` with `folders` returns it: all names that begin with its own. */
export interface SecretFolder {
  /** The name, which ends with `/`. Pass it as `prefix` to list the folder, or as `after` to continue after it. */
  readonly name: string;
  /** Distinguishes a folder from a secret. */
  readonly isFolder: true;
}

/**
 * A secret with its value: a deeply frozen JSON object, or the output of the `schema` passed to `get`. Only `secret.value`
 * reveals the value: a printed or logged secret shows its name and manager only. A fake in a test can return a plain object.
 */
export interface Secret<Value = SecretValue> extends SecretInfo {
  /** The value, deeply frozen. With a schema: its output. */
  readonly value: Value;
}
