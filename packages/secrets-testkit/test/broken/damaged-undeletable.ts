import { SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import { isDamaged } from "../support/damaged-value.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Reads the secret that it deletes, and fails when it cannot. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async delete(name, options, context) {
      if (await isDamaged(inner, name, context)) throw new SecretsError("INVALID_VALUE", "No.");
      return inner.delete(name, options, context);
    },
  });

export const damagedUndeletable: BrokenBackend = {
  wrap,
  fails: [
    "errors: damaged: delete removes a secret that cannot be read, with and without an ownership table",
    "errors: damaged: what another program stored and is no value is a damaged secret for every call",
  ],
};
