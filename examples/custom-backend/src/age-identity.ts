import type { StandardSchema } from "@archestra/secrets-core/plugin";

/** The text of an age identity. What it refuses it never quotes: it may be a key with a letter too many. */
export const ageIdentity: StandardSchema<string> = {
  "~standard": {
    version: 1,
    vendor: "secrets-files",
    validate: (input) => {
      const text = typeof input === "string" ? input.trim() : "";
      return /^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]+$/.test(text)
        ? { value: text }
        : { issues: [{ message: "must be an age identity, which begins with `AGE-SECRET-KEY-1`" }] };
    },
  },
};
