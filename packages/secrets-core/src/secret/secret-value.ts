import { printableText } from "../errors/printable-text.ts";
import { SecretsError } from "../errors/secrets-error.ts";
import type { JsonValue, SecretValue } from "./secret.ts";

// Importing `node:util` takes three milliseconds.
const { isProxy } = process.getBuiltinModule("node:util").types;

/** The deepest nesting of objects and arrays; the value itself is level 1. */
export const MAX_DEPTH = 100;
/** The most entries of one object or array. */
export const MAX_ENTRIES = 10_000;
const LONGEST_PATH = 120;
/** The largest value: bytes of its JSON in UTF-8, where `<`, `>`, `&`, U+2028 and U+2029 count six, as Vault stores them. */
export const MAX_VALUE_BYTES = 512 * 1024;

/** The rule that a value violates: the `reason` of the error. */
export type SecretValueRule =
  | "VALUE_NOT_OBJECT"
  | "VALUE_NOT_JSON"
  | "VALUE_CYCLIC"
  | "VALUE_LONE_SURROGATE"
  | "VALUE_TOO_DEEP"
  | "VALUE_TOO_MANY_ENTRIES"
  | "VALUE_TOO_LARGE";

/**
 * Validates a value and returns a deeply frozen copy, so that a later change of the caller's object has no effect. As in `JSON.stringify`, a property that is `undefined` is left out, and `-0` becomes `0`.
 *
 * @throws SecretsError INVALID_ARGUMENT with the rule as `reason` and the path of the invalid entry, without its content
 */
export function copySecretValue(value: unknown): SecretValue {
  if (!isProxy(value) && !isPlainObject(value)) {
    throw refusal(
      "VALUE_NOT_OBJECT",
      [],
      'must be a JSON object such as { token: "…" }; wrap other values in one',
    );
  }
  const copy = copyJson(value, { path: [], ancestors: [], leastBytes: 0 }) as SecretValue;
  if (storedBytes(JSON.stringify(copy)) > MAX_VALUE_BYTES) throw tooLarge();
  return copy;
}

/** Returns whether a value is an object without a class, from any realm. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

type Path = readonly (string | number)[];

/** The position of the traversal. */
interface Position {
  readonly path: (string | number)[];
  readonly ancestors: object[];
  /**
   * A lower bound for the bytes of JSON visited so far. An object that occurs many times counts each time: a few dozen
   * arrays that share their entries would otherwise expand beyond the memory.
   */
  leastBytes: number;
}

function copyEntry(value: unknown, key: string | number, position: Position): JsonValue {
  position.path.push(key);
  const copy = copyJson(value, position);
  position.path.pop();
  return copy;
}

function addBytes(position: Position, bytes: number): void {
  position.leastBytes += bytes;
  if (position.leastBytes > MAX_VALUE_BYTES) throw tooLarge();
}

/** The brackets and the commas of an object or array. */
function bracketBytes(entries: number): number {
  return 2 + Math.max(0, entries - 1);
}

function copyJson(value: unknown, position: Position): JsonValue {
  const { path, ancestors } = position;
  addBytes(position, typeof value === "string" ? value.length + 2 : 1);
  switch (typeof value) {
    case "string":
      if (!value.isWellFormed())
        throw refusal("VALUE_LONE_SURROGATE", path, "contains half of a surrogate pair");
      return value;
    case "number":
      if (!Number.isFinite(value))
        throw refusal("VALUE_NOT_JSON", path, `is ${value}, which JSON cannot represent`);
      return value === 0 ? 0 : value;
    case "boolean":
      return value;
    case "undefined":
      throw refusal("VALUE_NOT_JSON", path, "is undefined, which a JSON array cannot represent; use null");
    case "object":
      if (value === null) return null;
      break;
    default:
      throw refusal("VALUE_NOT_JSON", path, `is a ${typeof value}, which JSON cannot represent`);
  }
  // A proxy may return a different result each time, and run foreign code.
  if (isProxy(value)) throw refusal("VALUE_NOT_JSON", path, "is a proxy; pass the plain data behind it");
  if (ancestors.includes(value)) throw refusal("VALUE_CYCLIC", path, "contains itself");
  if (ancestors.length >= MAX_DEPTH)
    throw refusal("VALUE_TOO_DEEP", path, `is nested deeper than ${MAX_DEPTH} levels`);
  if (!Array.isArray(value) && !isPlainObject(value)) {
    throw refusal("VALUE_NOT_JSON", path, "is an instance of a class; convert it to plain JSON data first");
  }
  ancestors.push(value);
  const copy = Array.isArray(value) ? copyArray(value, position) : copyObject(value, position);
  ancestors.pop();
  return copy;
}

function copyObject(object: Record<string, unknown>, position: Position): JsonValue {
  const { path } = position;
  const keys = Reflect.ownKeys(object);
  assertEntries(keys.length, path);
  addBytes(position, bracketBytes(keys.length) - 1);
  const copy: Record<string, JsonValue> = {};
  for (const key of keys) {
    if (typeof key === "symbol") throw refusal("VALUE_NOT_JSON", path, "has a symbol as a key");
    if (!key.isWellFormed()) {
      throw refusal("VALUE_LONE_SURROGATE", path, "has a key that contains half of a surrogate pair");
    }
    const entry = dataProperty(object, key, path);
    if (entry === undefined) continue;
    addBytes(position, key.length + 3);
    const copied = copyEntry(entry, key, position);
    if (key === "__proto__") {
      // An assignment would set the prototype; JSON.parse creates an own property.
      Object.defineProperty(copy, key, { value: copied, enumerable: true });
    } else {
      copy[key] = copied;
    }
  }
  return Object.freeze(copy);
}

function copyArray(array: readonly unknown[], position: Position): JsonValue {
  const { path } = position;
  assertEntries(array.length, path);
  addBytes(position, bracketBytes(array.length) - 1);
  if (Reflect.ownKeys(array).length !== array.length + 1) {
    throw refusal("VALUE_NOT_JSON", path, "is an array with holes or with properties of its own");
  }
  return Object.freeze(
    Array.from(array.keys(), (index) => copyEntry(dataProperty(array, String(index), path), index, position)),
  );
}

function dataProperty(object: object, key: string, path: Path): unknown {
  const property = Object.getOwnPropertyDescriptor(object, key);
  if (property === undefined || !("value" in property) || property.enumerable !== true) {
    throw refusal("VALUE_NOT_JSON", [...path, key], "is an accessor or not enumerable; pass plain data");
  }
  return property.value;
}

function assertEntries(count: number, path: Path): void {
  if (count <= MAX_ENTRIES) return;
  throw refusal("VALUE_TOO_MANY_ENTRIES", path, `has ${count} entries, more than ${MAX_ENTRIES}`);
}

function storedBytes(json: string): number {
  const escaped = json.match(/[<>&\u2028\u2029]/g);
  const extra = escaped?.reduce((sum, character) => sum + (character < "\u0080" ? 5 : 3), 0) ?? 0;
  return Buffer.byteLength(json) + extra;
}

function tooLarge(): SecretsError {
  return refusal(
    "VALUE_TOO_LARGE",
    [],
    `has more than ${MAX_VALUE_BYTES} bytes as JSON, where <, >, &, U+2028 and U+2029 count as six; shorten it, or store it elsewhere`,
  );
}

function refusal(rule: SecretValueRule, path: Path, problem: string): SecretsError {
  const where = path.length === 0 ? "The value" : `The value's entry ${formatPath(path)}`;
  return new SecretsError("INVALID_ARGUMENT", `${where} ${problem}.`, { reason: rule });
}

/** Formats a path such as `tokens[2].access`, and truncates it. */
export function formatPath(path: readonly PropertyKey[]): string {
  const text = path
    .slice(0, LONGEST_PATH)
    .map((key) =>
      typeof key === "number" ? `[${key}]` : `.${String(key).slice(0, LONGEST_PATH).toWellFormed()}`,
    )
    .join("")
    .replace(/^\./, "");
  return printableText(JSON.stringify(text).slice(1, -1), LONGEST_PATH);
}
