import { createHash } from "node:crypto";
import { encrypted } from "../support/encrypted.ts";
import type { BrokenBackend } from "./broken-backend.ts";

export const equalValuesEqual: BrokenBackend = {
  /** Derives the initialization vector from the value. */
  wrap: (inner) => encrypted(inner, (text) => createHash("sha256").update(text).digest().subarray(0, 12)),
  isEncrypted: true,
  fails: ["redaction: equal values have stored forms that have nothing in common"],
};
