import type { Secret, SecretInfo, SecretVersion } from "./secret.ts";

/**
 * Holds a value that nothing prints: `util.inspect` in every mode, JSON, template strings, `structuredClone` and loggers
 * see an object without it. Private fields are no properties, and an accessor of the prototype is not run by them.
 */
abstract class Redacted<Value> {
  readonly #value: Value;

  constructor(value: Value) {
    this.#value = value;
  }

  static {
    // `util.inspect` walks the prototypes of classes that are not built in, and with `getters: true` runs what it finds.
    Object.defineProperty(this.prototype, "constructor", { value: Object });
  }

  /** The value itself, for whoever asks for it by name. */
  get value(): Value {
    return this.#value;
  }
}

/** A secret as a manager returns it: only `secret.value` gives the value. */
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
