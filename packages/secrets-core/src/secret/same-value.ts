import { isDeepStrictEqual } from "node:util";
import type { SecretValue } from "./secret.ts";

/** Whether what a store holds is what was sent. By content as JSON has it: keys in any order, and -0 is 0. */
export function isSameValue(sent: SecretValue, stored: SecretValue): boolean {
  return isDeepStrictEqual(JSON.parse(JSON.stringify(sent)), JSON.parse(JSON.stringify(stored)));
}
