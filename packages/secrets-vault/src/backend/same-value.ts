import { isDeepStrictEqual } from "node:util";
import type { SecretValue } from "@archestra/secrets-core/plugin";

/** Whether what the store holds is what was sent. By content: the order of keys is the server's own. */
export function isSameValue(sent: SecretValue, stored: unknown): boolean {
  // As JSON has it, where -0 is 0.
  return isDeepStrictEqual(JSON.parse(JSON.stringify(sent)), stored);
}
