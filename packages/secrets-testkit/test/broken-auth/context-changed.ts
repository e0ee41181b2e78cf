import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Writes on what it is given. */
export const contextChanged: BrokenMethod = {
  make: (credential) => ({
    login(send, context) {
      Object.assign(context, { attempts: 1 });
      return appRole(credential).login(send, context);
    },
  }),
  fails: ["login: a login uses only its arguments, and does not change them"],
};
