import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Keeps the credential where everybody can see it. */
export const credentialShown: BrokenMethod = {
  make: (credential) => {
    const method = { ...appRole(credential), secretId: "" };
    void credential.secretId().then((secretId) => {
      method.secretId = secretId;
    });
    return method;
  },
  fails: ["redaction: the method does not show its credential, before or after a login"],
};
