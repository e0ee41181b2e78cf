import type { StandardSchema } from "@archestra/secrets-core/plugin";
import { tokenClaims } from "@archestra/secrets-vault/auth";

/** A JSON web token, without the space around it. Its refusal never quotes it. */
export const jwtText: StandardSchema<string> = Object.freeze({
  "~standard": Object.freeze({
    version: 1 as const,
    vendor: "archestra",
    validate(input: unknown) {
      const text = typeof input === "string" ? input.trim() : "";
      if (tokenClaims(text) !== undefined) return { value: text };
      return { issues: [{ message: "must be a JSON web token: three parts of base64url, joined by dots" }] };
    },
  }),
});
