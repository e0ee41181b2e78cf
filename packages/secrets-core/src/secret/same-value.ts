import type { SecretValue } from "./secret.ts";

/**
 * Reports whether a stored value is the one that was sent. It compares the content as JSON: keys in any order, and -0 equals 0.
 * Cycles and repeated objects, which only a faulty backend returns, are compared once.
 *
 * @example
 * if (isSameValue(sent, stored.value)) return info;
 */
export function isSameValue(sent: SecretValue, stored: SecretValue): boolean {
  // `isDeepStrictEqual` distinguishes more than JSON does, and importing `node:util` takes longer than importing core.
  const open: [unknown, unknown][] = [[sent, stored]];
  const compared = new Map<object, Set<object>>();
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [one, other] = pair;
    if (typeof one !== "object" || typeof other !== "object" || one === null || other === null) {
      if (one !== other) return false;
      continue;
    }
    if (!isNewPair(compared, one, other)) continue;
    if (Array.isArray(one) !== Array.isArray(other)) return false;
    const keys = Object.keys(one) as (keyof object)[];
    if (keys.length !== Object.keys(other).length) return false;
    for (const key of keys) {
      if (!Object.hasOwn(other, key)) return false;
      open.push([one[key], other[key]]);
    }
  }
  return true;
}

function isNewPair(compared: Map<object, Set<object>>, one: object, other: object): boolean {
  const others = compared.get(one);
  if (others === undefined) compared.set(one, new Set([other]));
  else if (others.has(other)) return false;
  else others.add(other);
  return true;
}
