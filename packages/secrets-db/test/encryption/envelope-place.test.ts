import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeAuthenticatedData } from "../../src/encryption/envelope-place.ts";

test("is the documented bytes", () => {
  const bytes = encodeAuthenticatedData("AAECAwQFBgc", {
    table: "archestra_secrets",
    rowId: "42",
    name: "café",
    purpose: "value",
  });
  expect(bytes.toString("hex")).toBe(
    [
      "000000027632",
      "0000000b4141454341775146426763",
      "000000116172636865737472615f73656372657473",
      "000000023432",
      "00000005636166c3a9",
      "0000000576616c7565",
    ].join(""),
  );
});

test("no two places have the same bytes", () => {
  // Few characters, so that fields often differ only in where one ends and the next begins.
  const field = fc.string({ unit: fc.constantFrom("a", "b", "\u0000", ":", "é"), maxLength: 4 });
  const fields = fc.tuple(field, field, field, field, fc.constantFrom("value" as const, "canary" as const));
  fc.assert(
    fc.property(fields, fields, (a, b) => {
      const [bytesA, bytesB] = [a, b].map(([keyId, table, rowId, name, purpose]) =>
        encodeAuthenticatedData(keyId, { table, rowId, name, purpose }).toString("hex"),
      );
      expect(bytesA === bytesB).toBe(JSON.stringify(a) === JSON.stringify(b));
    }),
    { numRuns: 2000 },
  );
});
