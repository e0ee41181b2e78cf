import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Takes every failure for a login. */
export const refusalSwallowed: BrokenMethod = {
  make: (credential) => ({
    login: (send, context) =>
      appRole(credential)
        .login(send, context)
        .catch(() => ({ token: "hvs.none", issued: true, ttl: 60, renewable: true })),
  }),
  fails: [
    "credential: a credential that Vault refuses is UNAUTHENTICATED, and its replacement is taken by the next login",
    "failures: a Vault that cannot be reached is UNAVAILABLE and retryable",
    "failures: the answer 429 of a quota is RATE_LIMITED and retryable",
    "failures: the answer 503 of a sealed server is UNAVAILABLE and retryable",
    "failures: the answer 500 of an election is UNAVAILABLE and retryable",
    "failures: the answer 502 of a load balancer is UNAVAILABLE and retryable",
    "failures: an answer that grants no login is none",
    "failures: a second factor that Vault wants is UNAUTHENTICATED",
    "failures: a login that is given up ends at once, with the reason of the signal",
  ],
};
