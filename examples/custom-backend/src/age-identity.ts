import { refused, settingSchema } from "@archestra/secrets-core/plugin";

/** The text of an age identity. What it refuses it never quotes: it may be a key with a letter too many. */
export const ageIdentity = settingSchema<string>((input) => {
  const text = typeof input === "string" ? input.trim() : "";
  return /^AGE-SECRET-KEY-(PQ-)?1[0-9A-Z]+$/.test(text)
    ? { value: text }
    : refused("must be an age identity, which begins with `AGE-SECRET-KEY-1`");
});
