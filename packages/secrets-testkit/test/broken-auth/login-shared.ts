import type { VaultLogin } from "@archestra/secrets-vault/auth";
import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Gives all who come at the same time one token. */
export const loginShared: BrokenMethod = {
  make: (credential) => {
    let shared: Promise<VaultLogin> | undefined;
    return {
      login(send, context) {
        shared ??= appRole(credential)
          .login(send, context)
          .finally(() => {
            shared = undefined;
          });
        return shared;
      },
    };
  },
  fails: [
    "login: twenty logins at once each get a token that Vault knows",
    "session: never-answers: a credential source that does not answer once fails a call in time, and the next call asks it again",
  ],
};
