import type { Secret, SecretInfo, SecretVersion } from "./secret.ts";

/**
 * Hides a value from `util.inspect` in every mode, JSON, template strings, `structuredClone` and loggers. A private field is
 * not a property, and they do not call an accessor of the prototype.
 */
abstract class Redacted<Value> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  static {
    // `util.inspect` calls accessors of prototypes with `getters: true`, unless the class is built in.
    Object.defineProperty(this.prototype, "constructor", { value: Object });
  }

  get value(): Value {
    return this.#value;
  }
}

/** A secret as a manager returns it. Only `secret.value` reveals the value. */
export class RedactedSecret<Value> extends Redacted<Value> implements Secret<Value> {
  readonly name: string;
  readonly manager: string;
  declare readonly version?: SecretVersion;
  declare readonly createdAt?: Date;
  declare readonly updatedAt?: Date;

  static {
    Object.defineProperty(this, "name", { value: "Secret" });
  }

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
