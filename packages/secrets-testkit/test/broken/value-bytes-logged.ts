import { SecretsError } from "@archestra/secrets-core/plugin";
import { changed } from "../support/changed-backend.ts";
import type { WrapBackend } from "../support/remote-harness.ts";
import type { BrokenBackend } from "./broken-backend.ts";

/** Logs the bytes of a request that the store refused. */
const wrap: WrapBackend = (inner) =>
  changed(inner, {
    async write(name, value, options, context) {
      try {
        return await inner.write(name, value, options, context);
      } catch (error) {
        if (error instanceof SecretsError && error.code !== "OUTCOME_UNKNOWN") {
          const request = Buffer.from(JSON.stringify(value));
          context.logger.info?.({ code: "ACME_REFUSED", request }, "The store refused a request.");
        }
        throw error;
      }
    },
  });

export const valueBytesLogged: BrokenBackend = {
  wrap,
  fails: ["redaction: warnings show no value"],
};
