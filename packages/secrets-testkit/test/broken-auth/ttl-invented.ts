import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Says of every token that it lives for an hour. */
export const ttlInvented: BrokenMethod = {
  make: (credential) => ({
    login: async (send, context) => ({ ...(await appRole(credential).login(send, context)), ttl: 3_600 }),
  }),
  fails: ["login: a login returns the properties that Vault reports of its token"],
};
