import { SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Quotes the beginning of a stored text that is no value, as `JSON.parse` does. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async get(name, context) {
      const secret = await inner.get(name, context);
      const stored: unknown = secret?.value;
      if (typeof stored !== "string") return secret;
      const message = `Unexpected token, "${stored.slice(0, 10)}"... is not valid JSON.`;
      throw new SecretsError("INVALID_VALUE", message);
    },
  });

export const storedTextExcerpted: BrokenBackend = {
  wrap,
  fails: ["redaction: a stored text that is no value is not quoted"],
};
