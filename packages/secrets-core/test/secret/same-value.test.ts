import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isSameValue } from "../../src/plugin.ts";
import type { SecretValue } from "../../src/secret/secret.ts";
import { secretValue } from "../support/arbitraries.ts";

/** As a store gives it back. */
function stored(value: object): SecretValue {
  return JSON.parse(JSON.stringify(value)) as SecretValue;
}

/** The same with the keys of every object the other way round. */
function turned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(turned);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).reverse();
  return Object.fromEntries(entries.map(([key, entry]) => [key, turned(entry)]));
}

describe("a value that a store returns", () => {
  test("is the same value, in whichever order its keys are", () => {
    fc.assert(
      fc.property(secretValue, (value) => {
        expect(isSameValue(value as SecretValue, stored(turned(value) as object))).toBe(true);
      }),
    );
  });

  test("is compared as Node compares JSON", () => {
    fc.assert(
      fc.property(secretValue, secretValue, (one, other) => {
        const same = isDeepStrictEqual(stored(one), stored(other));
        expect(isSameValue(stored(one), stored(other))).toBe(same);
      }),
    );
  });

  test.each([
    ['{"a":1}', '{"a":"1"}'],
    ['{"a":1}', '{"a":1,"b":1}'],
    ['{"a":1,"c":1}', '{"a":1,"b":1}'],
    ['{"a":[1,2]}', '{"a":[2,1]}'],
    ['{"a":[1,2]}', '{"a":[1]}'],
    ['{"a":["x"]}', '{"a":{"0":"x"}}'],
    ['{"a":[]}', '{"a":{}}'],
    ['{"a":null}', '{"a":{}}'],
    ['{"a":null}', '{"a":0}'],
    ['{"a":{"b":{"c":1}}}', '{"a":{"b":{"c":2}}}'],
    ['{"__proto__":{}}', '{"a":{}}'],
    ['{"toString":1}', '{"a":1}'],
  ])("is another value: %s and %s", (one, other) => {
    expect(isSameValue(JSON.parse(one), JSON.parse(other))).toBe(false);
    expect(isSameValue(JSON.parse(other), JSON.parse(one))).toBe(false);
  });

  test("has no negative zero", () => {
    expect(isSameValue({ a: -0 }, stored({ a: -0 }))).toBe(true);
  });
});
