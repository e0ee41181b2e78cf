import { SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Keeps the index of the names under the key of a secret named `names`. */
export const indexAsSecret: BrokenBackend = {
  wrap: (inner) =>
    changed(inner, {
      write(name, value, options, context) {
        if (name === "names") throw new SecretsError("ALREADY_EXISTS", "There is an index.");
        return inner.write(name, value, options, context);
      },
    }),
  fails: ["names: names of what stores keep beside secrets are ordinary"],
};
