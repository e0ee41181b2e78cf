import { Redacted } from "./redaction.ts";

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
 * A secret with its value: a JSON object, deeply frozen, or what the `schema` passed to `get` made of it. Only
 * `secret.value` gives it; whatever prints the secret shows its name and manager.
 */
export class Secret<Value = SecretValue> extends Redacted<Value> implements SecretInfo {
  readonly name: string;
  readonly manager: string;
  declare readonly version?: SecretVersion;
  declare readonly createdAt?: Date;
  declare readonly updatedAt?: Date;

  static {
    Object.defineProperty(this, "name", { value: "Secret" });
  }

  /** Made by the manager; applications receive it. */
  constructor(info: SecretInfo, value: Value) {
    super(value);
    this.name = info.name;
    this.manager = info.manager;
    if (info.version !== undefined) this.version = info.version;
    if (info.createdAt !== undefined) this.createdAt = info.createdAt;
    if (info.updatedAt !== undefined) this.updatedAt = info.updatedAt;
    Object.freeze(this);
  }
}
