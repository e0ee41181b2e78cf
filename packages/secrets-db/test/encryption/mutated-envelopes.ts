import fc from "fast-check";
import { expect } from "vitest";
import { classifyStoredValue, encryptValue } from "../../src/encryption/envelope.ts";
import { decryptEnvelopeV2 } from "../../src/encryption/envelope-v2.ts";
import { alphabet, join, keyA, keyB, parts, place, reasonOf, ring } from "./fixtures.ts";

// 33 bytes of JSON, so that the padded ciphertext of 64 bytes ends in a character with four free bits.
const json = JSON.stringify({ token: "x".repeat(21) });
const envelope = parts(encryptValue(json, keyA, place));

/** Changes an envelope at random, so many times: none opens, passes for plaintext, or fails in another way. */
export function checkMutatedEnvelopes(times: number): void {
  const sealed = join(envelope).slice('{"__encrypted":"v2:'.length, -2);
  const other = join(parts(encryptValue(json, keyB, place))).slice('{"__encrypted":"v2:'.length, -2);
  const character = fc.constantFrom(...alphabet, ":", "=", "+", "/", " ", "\u0000", "\\", '"', "é", "😀");
  const index = fc.nat(sealed.length);
  const mutation = fc.oneof(
    fc.tuple(index, fc.constantFrom(...alphabet)).map(([at, text]) => {
      return sealed.slice(0, at) + text + sealed.slice(at + 1);
    }),
    fc.record({ at: index, to: fc.integer({ min: 0, max: 3 }), text: character }).map(({ at, to, text }) => {
      return sealed.slice(0, at) + text + sealed.slice(at + to);
    }),
    fc.tuple(index, index).map(([from, to]) => sealed.slice(0, from) + sealed.slice(to)),
    fc.tuple(index, index).map(([from, to]) => sealed.slice(0, from) + other.slice(to)),
    fc.tuple(index, index).map(([from, to]) => other.slice(0, from) + sealed.slice(to)),
    fc.shuffledSubarray(sealed.split(":")).map((some) => some.join(":")),
  );
  const reasons = new Map<string, number>();
  fc.assert(
    fc.property(mutation, (mutated) => {
      if (mutated === sealed || mutated === other) return;
      const found = classifyStoredValue(JSON.stringify({ __encrypted: `v2:${mutated}` }));
      const reason =
        found.kind === "encrypted"
          ? reasonOf(() => decryptEnvelopeV2(found.envelope, ring, place))
          : found.kind;
      reasons.set(reason ?? "", (reasons.get(reason ?? "") ?? 0) + 1);
    }),
    { numRuns: times },
  );
  expect([...reasons.keys()].sort()).toEqual(["TAMPERED", "UNDECRYPTABLE", "malformed"]);
  for (const count of reasons.values()) expect(count).toBeGreaterThan(100);
}
