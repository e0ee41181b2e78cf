/**
 * Holds a value that nothing prints: `util.inspect` in every mode, JSON, template strings, `structuredClone` and loggers
 * see an object without it. Private fields are no properties, and an accessor of the prototype is not run by them.
 */
export abstract class Redacted<Value> {
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
