import { appRole } from "../support/app-role.ts";
import type { BrokenMethod } from "./broken-method.ts";

/** Takes whatever is in the place of a token for one. */
export const anyAnswerTrusted: BrokenMethod = {
  make: (credential) => ({
    login: (send, context) => {
      const reading: typeof send = async (request) => {
        const answer = await send(request);
        if (answer.status !== 200) return answer;
        const auth = answer.auth as Record<string, unknown> | undefined;
        return { ...answer, auth: { client_token: "hvs.none", lease_duration: 60, ...good(auth) } };
      };
      return appRole(credential).login(reading, context);
    },
  }),
  fails: [
    "failures: an answer that grants no login is none",
    "failures: a second factor that Vault wants is UNAUTHENTICATED",
  ],
};

function good(auth: Record<string, unknown> | undefined): Record<string, unknown> {
  const isGood = typeof auth?.client_token === "string" && auth.client_token.startsWith("hvs.");
  return isGood ? { lease_duration: 60, ...auth } : {};
}
