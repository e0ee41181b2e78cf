import { test } from "vitest";
import { checkMutatedEnvelopes } from "./mutated-envelopes.ts";

test("2 000 000 mutated envelopes neither open, nor pass for plaintext, nor fail in another way", () => {
  checkMutatedEnvelopes(2_000_000);
});
