import { encrypted } from "../support/encrypted.ts";
import type { BrokenBackend } from "./broken-backend.ts";

export const initializationCounted: BrokenBackend = {
  /** Counts the initialization vectors of each client from zero. */
  wrap: (inner) => {
    let count = 0;
    return encrypted(inner, () => {
      const iv = Buffer.alloc(12);
      iv.writeUInt32BE(count++);
      return iv;
    });
  },
  isEncrypted: true,
  fails: ["redaction: equal values have stored forms that have nothing in common"],
};
