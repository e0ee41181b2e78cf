import type { StandardSchema } from "@archestra/secrets-core/plugin";
import { isTokenText } from "@archestra/secrets-vault/auth";

/** A token as a header can carry it. Its refusal never quotes it. */
export const vaultToken: StandardSchema<string> = Object.freeze({
  "~standard": Object.freeze({
    version: 1 as const,
    vendor: "archestra",
    validate(input: unknown) {
      const refuse = (message: string) => ({ issues: [{ message }] });
      if (typeof input !== "string") return refuse("must be a string");
      if (/\s/.test(input))
        return refuse("must not hold a space or the end of a line, as a copied token often does");
      if (!isTokenText(input)) return refuse("must be of printable ASCII characters");
      return { value: input };
    },
  }),
});
