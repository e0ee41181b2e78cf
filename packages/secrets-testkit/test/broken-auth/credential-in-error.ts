import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Quotes the credential in its errors. */
export const credentialInError: BrokenMethod = {
  make: (credential) => ({
    async login(send, context) {
      const secretId = await credential.secretId();
      return appRole(credential)
        .login(send, context)
        .catch((error: unknown) => {
          if (!isSecretsError(error, "UNAUTHENTICATED")) throw error;
          throw new SecretsError("UNAUTHENTICATED", `Vault refused the secret id ${secretId}.`);
        });
    },
  }),
  fails: [
    "redaction: a login that Vault refuses does not show the credential",
    "redaction: an answer that quotes the credential does not make the login show it",
  ],
};
