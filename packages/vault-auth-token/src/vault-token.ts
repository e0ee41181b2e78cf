import { refused, settingSchema } from "@archestra/secrets-core/plugin";
import { isTokenText } from "@archestra/secrets-vault/auth";

/** A token as a header can carry it. Its refusal never quotes it. */
export const vaultToken = settingSchema<string>((input) => {
  if (typeof input !== "string") return refused("must be a string");
  if (/\s/.test(input))
    return refused("must not contain a space or the end of a line, as a copied token often does");
  return isTokenText(input) ? { value: input } : refused("must consist of printable ASCII characters");
});
