import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Throws errors of its own for what Vault refuses. */
export const refusalAsInternal: BrokenMethod = {
  make: (credential) => ({
    login: (send, context) =>
      appRole(credential).login(async (request) => {
        const answer = await send(request);
        if (answer.status === 400 || answer.status === 403) throw new Error("The login was refused.");
        return answer;
      }, context),
  }),
  fails: [
    "credential: a credential that Vault refuses is UNAUTHENTICATED, and its replacement is taken by the next login",
    "credential: a credential that Vault refuses stops the start of a manager with UNAUTHENTICATED",
    "credential: wrong settings stop the start of a manager and are said to be wrong",
  ],
};
