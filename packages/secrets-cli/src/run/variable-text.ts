import type { JsonValue } from "@archestra/secrets-core/plugin";

/** A value as a variable, or why it cannot be one. */
export type VariableText =
  | { readonly text: string; readonly problem?: undefined }
  | { readonly problem: string };

/** Writes a field as text. */
export function variableText(value: JsonValue, asJson: boolean): VariableText {
  if (asJson) return { text: JSON.stringify(value) };
  if (typeof value === "string") {
    if (value.includes("\0")) return { problem: "contains a NUL, which no variable can have" };
    return value.isWellFormed() ? { text: value } : { problem: "has half of a surrogate pair" };
  }
  if (typeof value === "number" || typeof value === "boolean") return { text: String(value) };
  const type = value === null ? "null" : Array.isArray(value) ? "a list" : "an object";
  return { problem: `is ${type}. Map it in the file of --map with "as": "json"` };
}
