/** Anything that JSON can say. */
export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a secret holds: a JSON object, which may be empty. */
export type SecretValue = { readonly [key: string]: JsonValue };

/**
 * A state of a secret, as an opaque string. It binds the manager, the life of the secret and a counter: after deletion
 * and creation anew, an old one conflicts. Re-encryption keeps it; moving to another manager changes it.
 */
export type SecretVersion = string;

/** What is known of a secret without its value. */
export interface SecretInfo {
  /** Its identity. */
  readonly name: string;
  /** The id of the manager that holds it, such as `DB` or `VAULT`. */
  readonly manager: string;
  /** Its state. Absent: the store keeps no versions, or would need another request to tell. */
  readonly version?: SecretVersion;
  /** When it was created, by the store's clock. Absent: the store does not tell. */
  readonly createdAt?: Date;
  /** When its value was last changed, by the store's clock. Absent: the store does not tell. */
  readonly updatedAt?: Date;
}

/** A folder of secrets, as `list` with `folders` gives it: the names that begin with its own. */
export interface SecretFolder {
  /** Ends with `/`. Pass it as `prefix` to list what is in the folder, or as `after` to go on behind it. */
  readonly name: string;
  readonly isFolder: true;
}

/**
 * A secret with its value: a JSON object, deeply frozen, or what the `schema` passed to `get` made of it. What a manager
 * returns shows the value to nothing but `secret.value`: printed or logged, it has a name and a manager only. A fake in a
 * test can return a plain object.
 */
export interface Secret<Value = SecretValue> extends SecretInfo {
  readonly value: Value;
}
