import { laggingNode, rulesOfStatus } from "./answer-rules.ts";
import { type ClassifiedAnswer, refused, refusedForNow, unexpectedAnswer } from "./classified-answer.ts";
import { isAbsence, type VaultAnswer } from "./vault-answer.ts";

/** A page, or a text, with a status that does not report a transient failure. */
const pageOfProxy: ClassifiedAnswer = {
  code: "INVALID_CONFIGURATION",
  reason: "NOT_VAULT",
  mayHaveExecuted: true,
  isTransient: false,
  message:
    "the answer did not come from Vault, which sends JSON: a proxy or another server answers at the address. Correct ARCHESTRA_HASHICORP_VAULT_ADDR, or let the proxy pass requests on to Vault",
};

const serverFailure: ClassifiedAnswer = {
  code: "UNAVAILABLE",
  reason: "SERVER_FAILURE",
  mayHaveExecuted: true,
  isTransient: true,
  message: "it failed, or a proxy in front of it did. Check its log",
};

/**
 * Classifies an answer by its status and the texts that are known.
 *
 * @returns undefined for 200 and 204 with a body of JSON or none
 */
export function classifyAnswer(answer: VaultAnswer): ClassifiedAnswer | undefined {
  const { status, errors, warnings } = answer;
  if (status === 200 || status === 204) return answer.foreignBody === undefined ? undefined : pageOfProxy;
  const texts = errors.join("\n");
  const rule = Object.entries(rulesOfStatus[status] ?? {}).find(([text]) => texts.includes(text));
  if (rule !== undefined) return rule[1];
  if (status === 404 && warnings.some((warning) => warning.includes("versioned K/V"))) {
    return refused(
      "INVALID_CONFIGURATION",
      "WRONG_KV_VERSION",
      "the mount is KV version 2, which has no such path. Set ARCHESTRA_HASHICORP_VAULT_KV_VERSION=2 and put `data` behind the mount in ARCHESTRA_HASHICORP_VAULT_SECRET_PATH, or name a mount of version 1",
    );
  }
  return classifyStatus(answer);
}

function classifyStatus(answer: VaultAnswer): ClassifiedAnswer {
  const { status, body, bodyBytes, foreignBody } = answer;
  switch (status) {
    case 301:
    case 302:
    case 303:
    case 307:
    case 308:
      return classifyRedirect(answer);
    case 400:
      if (bodyBytes === 0) {
        const message =
          "it does not know a character of the name. Vault knows the characters of Unicode 15.0";
        return refused("INVALID_ARGUMENT", "UNPRINTABLE_NAME", message);
      }
      if (foreignBody === "html") return pageOfProxy;
      // Go's HTTP server answers so before Vault sees the request.
      if (body === undefined) return refused("INTERNAL", "UNREADABLE_REQUEST", "it cannot read the request");
      break;
    case 404:
      if (isAbsence(answer)) return refused("NOT_FOUND", "ABSENT", "there is none");
      return foreignBody === undefined ? unexpectedAnswer : pageOfProxy;
    case 413:
      return refused("INVALID_ARGUMENT", "VALUE_TOO_LARGE", "the request is larger than it accepts");
    case 412:
      if (hasNoErrors(answer)) return laggingNode;
      break;
    case 429: {
      // A standby that lags behind answers without a text. A quota has one.
      if (hasNoErrors(answer)) return laggingNode;
      const message = "a quota is used up. Raise it, or send fewer requests";
      return refusedForNow("RATE_LIMITED", "RATE_LIMITED", message);
    }
    case 500:
    case 502:
    case 503:
    case 504:
      return serverFailure;
  }
  if (status >= 400 && isErrorList(body?.errors))
    return refused("INTERNAL", "UNKNOWN_REFUSAL", "it refuses the request for a reason that is not known");
  return foreignBody === undefined ? unexpectedAnswer : pageOfProxy;
}

/** A redirect that is not followed requests the same elsewhere, so that nothing has been done yet. */
function classifyRedirect({ status, headers: { location = "" } }: VaultAnswer): ClassifiedAnswer {
  // Vault corrects a path by a path, and sends to another node by 307 with a whole address.
  if (location.startsWith("/v1/"))
    return refused("INTERNAL", "REDIRECTED", "it redirects to another path, which is never followed");
  if (status !== 307) {
    const message =
      "a proxy or another server redirects the request, which is never followed. Correct ARCHESTRA_HASHICORP_VAULT_ADDR, or let the proxy pass requests on to Vault";
    const mayHaveExecuted = status === 302 || status === 303;
    return { ...refused("INVALID_CONFIGURATION", "REDIRECTED", message), mayHaveExecuted };
  }
  return refused(
    "UNAVAILABLE",
    "REDIRECTED",
    "it redirects to another server, which is followed once. Set ARCHESTRA_HASHICORP_VAULT_ADDR to the cluster, and check `api_addr` of its nodes",
  );
}

/** Vault's errors are texts. Other APIs have objects there, and what they refuse may have reached Vault all the same. */
function isErrorList(errors: unknown): boolean {
  return Array.isArray(errors) && errors.every((error) => typeof error === "string");
}

function hasNoErrors({ body }: VaultAnswer): boolean {
  return Array.isArray(body?.errors) && body.errors.length === 0;
}
