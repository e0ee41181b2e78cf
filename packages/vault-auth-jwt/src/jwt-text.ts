import { refused, settingSchema } from "@archestra/secrets-core/plugin";
import { tokenClaims } from "@archestra/secrets-vault/auth";

/** A JSON web token, without the space around it. Its refusal never quotes it. */
export const jwtText = settingSchema<string>((input) => {
  const text = typeof input === "string" ? input.trim() : "";
  return tokenClaims(text) === undefined
    ? refused("must be a JSON web token: three parts of base64url, joined by dots")
    : { value: text };
});
