import type { HealthProblem, Logger } from "@archestra/secrets-core/plugin";
import { CallFailure } from "../client/call-failure.ts";
import type { CallLimits, VaultClient } from "../client/vault-client.ts";
import type { SecretPlace } from "../paths/secret-paths.ts";
import { neededPolicy } from "./policy-stanza.ts";

/** Stands for every name under a prefix. */
const ANY_NAME = "archestra-check";

/**
 * Asks what the token may do and warns of what it may not. That does not stop a start: an application that only reads
 * needs no more.
 *
 * @returns what is missing, for `check`
 */
export async function findMissingCapabilities(
  client: VaultClient,
  place: SecretPlace,
  limits: CallLimits,
  logger: Logger,
): Promise<readonly HealthProblem[]> {
  const needed = neededCapabilities(place);
  const granted = await askCapabilities(client, Object.keys(needed), limits);
  if (granted === undefined) return [];
  const missing = Object.entries(needed).flatMap(([path, capabilities]) => {
    const has = granted[path];
    if (!isListOfCapabilities(has) || has.includes("root")) return [];
    const lacking = capabilities.filter((capability) => !has.includes(capability));
    return lacking.length === 0 ? [] : [`${lacking.join(", ")} on ${JSON.stringify(path)}`];
  });
  if (missing.length === 0) return [];
  const message = `The policies of the Vault token do not allow: ${missing.join("; ")}. Calls that need it fail with PERMISSION_DENIED. To allow all: ${neededPolicy(place)}`;
  logger.warn({ code: "ARCHESTRA_SECRETS_VAULT_MISSING_CAPABILITIES" }, message);
  return [{ code: "PERMISSION_DENIED", reason: "MISSING_CAPABILITIES", message }];
}

/** Vault's own is never empty: it says "deny" where nothing is allowed. Anything else says nothing of what is missing. */
function isListOfCapabilities(has: unknown): has is readonly string[] {
  return Array.isArray(has) && has.length > 0 && has.every((capability) => typeof capability === "string");
}

function neededCapabilities({ kvVersion, values, entries }: SecretPlace): Record<string, readonly string[]> {
  if (kvVersion === 1) {
    return { [`${values}/${ANY_NAME}`]: ["create", "update", "read", "delete"], [`${values}/`]: ["list"] };
  }
  return {
    [`${values}/${ANY_NAME}`]: ["create", "update", "read"],
    [`${entries}/${ANY_NAME}`]: ["read", "delete"],
    [`${entries}/`]: ["list"],
  };
}

/** Undefined: the token may not ask, as one without the policy `default`. */
async function askCapabilities(
  client: VaultClient,
  paths: readonly string[],
  limits: CallLimits,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const { answer, classified } = await client.send(
      {
        method: "POST",
        path: "sys/capabilities-self",
        body: { paths },
        subject: "the question what the token may do",
      },
      limits,
      "read",
    );
    return classified === undefined ? (answer.data as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof CallFailure) return undefined;
    throw error;
  }
}
