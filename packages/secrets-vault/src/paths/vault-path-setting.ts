import type { StandardSchema } from "@archestra/secrets-core/plugin";
import { encodePath, PathProblem } from "./encode-path.ts";

// biome-ignore lint/suspicious/noControlCharactersInRegex: what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u00a0\u2028\u2029\p{Default_Ignorable_Code_Point}]/u;

/** A path of Vault in a setting, such as a mount or a prefix: without `/v1`. A slash at either end is left out. */
export const vaultPath: StandardSchema<string> = Object.freeze({
  "~standard": Object.freeze({
    version: 1 as const,
    vendor: "archestra",
    validate(input: unknown) {
      const refuse = (message: string) => ({ issues: [{ message }] });
      if (typeof input !== "string") return refuse("must be a string");
      const path = input.trim().replace(/^\/|\/$/g, "");
      if (UNPRINTABLE.test(path)) return refuse("has a character that cannot be seen");
      try {
        encodePath(path);
      } catch (error) {
        if (!(error instanceof PathProblem)) throw error;
        return refuse(error.message);
      }
      return { value: path };
    },
  }),
});
