import type { JsonValue, SecretValue } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Copies entries by assignment, which makes the prototype of `__proto__`. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    write: (name, value, options, context) => inner.write(name, copy(value) as SecretValue, options, context),
  });

function copy(value: JsonValue): JsonValue {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Object.freeze(value.map(copy));
  const copied: Record<string, JsonValue> = {};
  for (const [key, entry] of Object.entries(value as SecretValue)) copied[key] = copy(entry);
  return Object.freeze(copied);
}

export const prototypeKeyLost: BrokenBackend = {
  wrap,
  fails: ["values: keeps a key named __proto__, with what is in it"],
};
