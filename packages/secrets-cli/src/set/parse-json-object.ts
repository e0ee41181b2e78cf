import { assertExactNumbers, type JsonValue } from "@archestra/secrets-core/plugin";
import { UsageError } from "../program/usage-error.ts";

/**
 * Parses a file that holds a JSON object. The parser's own message is dropped, because it quotes its input.
 *
 * @param option the option that names the file, for messages
 * @throws UsageError when it is not JSON, or not an object; SecretsError INVALID_VALUE when a number would be rounded
 */
export function parseJsonObject(text: string, option: string): { readonly [key: string]: JsonValue } {
  let value: JsonValue;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch {
    throw new UsageError(`The file of ${option} is not valid JSON. Nothing was changed.`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new UsageError(`The file of ${option} is not a JSON object. Nothing was changed.`);
  }
  assertExactNumbers(text);
  return value as { readonly [key: string]: JsonValue };
}
