import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Takes an outage for a refused credential. */
export const outageAsRefusal: BrokenMethod = {
  make: (credential) => ({
    login: (send, context) =>
      appRole(credential)
        .login(send, context)
        .catch((error: unknown) => {
          if (isSecretsError(error, "CLOSED")) throw error;
          throw new SecretsError("UNAUTHENTICATED", "Vault refused the login.");
        }),
  }),
  fails: [
    "failures: a Vault that cannot be reached is UNAVAILABLE and retryable",
    "failures: the answer 429 of a quota is RATE_LIMITED and retryable",
    "failures: the answer 503 of a sealed server is UNAVAILABLE and retryable",
    "failures: the answer 500 of an election is UNAVAILABLE and retryable",
    "failures: the answer 502 of a load balancer is UNAVAILABLE and retryable",
  ],
};
