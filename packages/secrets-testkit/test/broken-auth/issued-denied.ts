import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Reports its tokens as issued elsewhere. */
export const issuedDenied: BrokenMethod = {
  make: (credential) => ({
    login: async (send, context) => ({ ...(await appRole(credential).login(send, context)), issued: false }),
  }),
  fails: [
    "login: a login says truly whether it made the token",
    "login: twenty logins at once each get a token that Vault knows",
  ],
};
