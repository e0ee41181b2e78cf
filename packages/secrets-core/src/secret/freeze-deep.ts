import { isPlainObject } from "./secret-value.ts";

// Importing `node:util` takes three milliseconds.
const { isProxy } = process.getBuiltinModule("node:util").types;

/** Freezes JSON data from a store deeply, without a copy. */
export function freezeStored<Value>(value: Value): Value {
  return freezeEach(value, Object.values);
}

/**
 * Freezes the output of a schema as far as it is JSON data. It skips instances of classes, proxies and accessors, which can
 * return a different object each time.
 */
export function freezeOutput<Value>(value: Value): Value {
  return freezeEach(value, dataProperties);
}

/** Visits each object once, so that cycles end. */
function freezeEach<Value>(value: Value, entriesOf: (object: object) => Iterable<unknown>): Value {
  if (!isFreezable(value)) return value;
  // Most secrets have no object within: they need no set.
  let seen: Set<object> | undefined;
  const freeze = (object: object) => {
    Object.freeze(object);
    for (const entry of entriesOf(object)) {
      if (typeof entry !== "object" || entry === null || !isFreezable(entry)) continue;
      seen ??= new Set([value]);
      seen.add(entry);
    }
  };
  freeze(value);
  for (const object of seen ?? []) if (object !== value) freeze(object);
  return value;
}

function* dataProperties(object: object): Generator<unknown> {
  for (const key of Object.keys(object)) yield Object.getOwnPropertyDescriptor(object, key)?.value;
}

function isFreezable(value: unknown): value is object {
  return !isProxy(value) && (Array.isArray(value) || isPlainObject(value));
}
