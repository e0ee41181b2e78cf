import type { SecretValue } from "./secret.ts";

/** Whether what a store holds is what was sent. By content as JSON has it: keys in any order, and -0 is 0. */
export function isSameValue(sent: SecretValue, stored: SecretValue): boolean {
  return isSame(sent, stored);
}

/** `isDeepStrictEqual` knows more than JSON has, and to import `node:util` takes longer than to import all of core. */
function isSame(one: unknown, other: unknown): boolean {
  if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
    return one === other;
  }
  if (Array.isArray(one) !== Array.isArray(other)) return false;
  const keys = Object.keys(one) as (keyof object)[];
  if (keys.length !== Object.keys(other).length) return false;
  return keys.every((key) => Object.hasOwn(other, key) && isSame(one[key], other[key]));
}
