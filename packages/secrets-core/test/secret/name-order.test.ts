import fc from "fast-check";
import { expect, test } from "vitest";
import { compareNames } from "../../src/plugin.ts";

const anyText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  // Near one another, so that the difference lies deep, and around the surrogates, where UTF-16 sorts otherwise.
  fc
    .array(fc.constantFrom("a", "b", "\ud7ff", "\ue000", "\uffff", "\u{10000}", "\u{10ffff}"))
    .map((parts) => parts.join("")),
);

test("names sort as the bytes of their UTF-8 do", () => {
  fc.assert(
    fc.property(anyText, anyText, (left, right) => {
      const bytes = Buffer.compare(Buffer.from(left), Buffer.from(right));
      expect(Math.sign(compareNames(left, right))).toBe(bytes);
    }),
    { numRuns: 2_000 },
  );
});

test("a character beyond U+FFFF sorts behind U+E000 to U+FFFF, where JavaScript's own order puts it before", () => {
  expect(["\u{1f642}", "\uff21", "a"].sort(compareNames)).toEqual(["a", "\uff21", "\u{1f642}"]);
  expect(["\u{1f642}", "\uff21", "a"].sort()).toEqual(["a", "\u{1f642}", "\uff21"]);
});

test("a name sorts behind its own beginning, and equal to itself", () => {
  expect(compareNames("a", "a/b")).toBeLessThan(0);
  expect(compareNames("a/b", "a/b")).toBe(0);
});
