import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Reads the credential once. */
export const firstCredentialKept: BrokenMethod = {
  make: ({ secretId, ...rest }) => {
    let first: Promise<string> | undefined;
    return appRole({
      ...rest,
      secretId: () => {
        first ??= secretId();
        return first;
      },
    });
  },
  fails: [
    "credential: a credential is read again at each login",
    "credential: a credential that Vault refuses is UNAUTHENTICATED, and its replacement is taken by the next login",
    "session: a credential that is rotated while the manager serves is taken when the token dies",
    "session: never-answers: a credential source that does not answer once fails a call in time, and the next call asks it again",
  ],
};
