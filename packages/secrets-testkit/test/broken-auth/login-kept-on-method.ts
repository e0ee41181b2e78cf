import type { VaultAuthMethod, VaultLogin } from "@archestra/secrets-vault/auth";
import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Keeps the last login on itself. */
export const loginKeptOnMethod: BrokenMethod = {
  make: (credential) => {
    const method: VaultAuthMethod & { last?: VaultLogin } = {
      async login(send, context) {
        const login = await appRole(credential).login(send, context);
        method.last = login;
        return login;
      },
    };
    return method;
  },
  fails: [
    "login: a login keeps nothing on the method",
    "redaction: the method does not show its credential, before or after a login",
  ],
};
