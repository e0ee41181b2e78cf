import { refused, settingSchema } from "@archestra/secrets-core/plugin";

/** The text of an age identity. It never quotes a refused text, which may be a key with an additional letter. */
export const ageIdentity = settingSchema<string>((input) => {
  const text = typeof input === "string" ? input.trim() : "";
  return /^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]+$/.test(text)
    ? { value: text }
    : refused("must be an age identity, which begins with `AGE-SECRET-KEY-1`");
});
