import { isPlainObject } from "./secret-value.ts";

// Not imported: as an ES module, `node:util` takes three milliseconds to load.
const { isProxy } = process.getBuiltinModule("node:util").types;

/** Freezes JSON data with everything in it, as a store gave it. The object is not copied. */
export function freezeStored<Value>(value: Value): Value {
  return freezeEach(value, Object.values);
}

/**
 * Freezes what a schema returned, as far as it is JSON data. Instances of classes and proxies are left as they are, and so
 * is what an accessor would compute: each call of it can return another object.
 */
export function freezeOutput<Value>(value: Value): Value {
  return freezeEach(value, dataProperties);
}

/** Each object once, however often it occurs and whether or not it contains itself. */
function freezeEach<Value>(value: Value, entriesOf: (object: object) => Iterable<unknown>): Value {
  if (!isFreezable(value)) return value;
  const seen = new Set<object>([value]);
  for (const object of seen) {
    Object.freeze(object);
    for (const entry of entriesOf(object)) {
      if (typeof entry === "object" && entry !== null && isFreezable(entry)) seen.add(entry);
    }
  }
  return value;
}

function* dataProperties(object: object): Generator<unknown> {
  for (const key of Object.keys(object)) yield Object.getOwnPropertyDescriptor(object, key)?.value;
}

function isFreezable(value: unknown): value is object {
  return !isProxy(value) && (Array.isArray(value) || isPlainObject(value));
}
