import { SecretsError } from "@archestra/secrets-core";
import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Takes the end of its time for an outage. */
export const signalAsOutage: BrokenMethod = {
  make: (credential) => ({
    login: (send, context) =>
      appRole(credential).login(
        (request) =>
          send(request).catch(() => {
            throw new SecretsError("UNAVAILABLE", "Vault did not answer.");
          }),
        context,
      ),
  }),
  fails: ["failures: a login that is given up ends at once, with the reason of the signal"],
};
