import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Asks for the credential once for all logins that wait for it, so that one answer that never comes is waited for for ever. */
export const silenceKept: BrokenMethod = {
  make: ({ secretId, ...rest }) => {
    let asked: Promise<string> | undefined;
    return appRole({
      ...rest,
      secretId: () => {
        asked ??= secretId().finally(() => {
          asked = undefined;
        });
        return asked;
      },
    });
  },
  fails: [
    "session: never-answers: a credential source that does not answer once fails a call in time, and the next call asks it again",
  ],
};
