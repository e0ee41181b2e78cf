import type { HealthProblem, Logger } from "@archestra/secrets-core/plugin";
import { CallFailure } from "../client/call-failure.ts";
import { capabilitiesRequest, requiredPolicy } from "../client/required-capabilities.ts";
import type { VaultClient } from "../client/vault-client.ts";
import type { CallLimits } from "../http/call-limits.ts";
import type { SecretPlace } from "../paths/secret-paths.ts";

/** Represents every name under a prefix. */
const ANY_NAME = "archestra-check";

/** Capabilities that the policies of a token do not grant on a path. */
export interface MissingCapabilities {
  readonly path: string;
  readonly capabilities: readonly string[];
}

/**
 * Reads the capabilities of the token and warns of those that are missing. They do not stop a start: an application that
 * only reads does not need all.
 *
 * @returns the missing ones, for `check`
 */
export async function findMissingCapabilities(
  client: VaultClient,
  place: SecretPlace,
  limits: CallLimits,
  logger: Logger,
): Promise<readonly HealthProblem[]> {
  const missing = await readMissingCapabilities(client, place, limits);
  if (missing === undefined || missing.length === 0) return [];
  const list = missing.map(
    ({ path, capabilities }) => `${capabilities.join(", ")} on ${JSON.stringify(path)}`,
  );
  const message = `The policies of the Vault token do not allow: ${list.join("; ")}. Calls that need it fail with PERMISSION_DENIED. To allow all: ${requiredPolicy(place)}`;
  logger.warn({ code: "ARCHESTRA_SECRETS_VAULT_MISSING_CAPABILITIES", missing }, message);
  return [{ code: "PERMISSION_DENIED", reason: "MISSING_CAPABILITIES", message }];
}

/** Reads which required capabilities the token lacks. Undefined: it cannot read them. */
export async function readMissingCapabilities(
  client: VaultClient,
  place: SecretPlace,
  limits: CallLimits,
): Promise<readonly MissingCapabilities[] | undefined> {
  const required = requiredCapabilities(place);
  const granted = await readCapabilities(client, Object.keys(required), limits);
  if (granted === undefined) return undefined;
  return Object.entries(required).flatMap(([path, capabilities]) => {
    const has = granted[path];
    if (!isListOfCapabilities(has) || has.includes("root")) return [];
    const lacking = capabilities.filter((capability) => !has.includes(capability));
    return lacking.length === 0 ? [] : [{ path, capabilities: lacking }];
  });
}

/** A list of Vault is never empty: it has "deny" where nothing is allowed. Anything else proves nothing. */
function isListOfCapabilities(has: unknown): has is readonly string[] {
  return Array.isArray(has) && has.length > 0 && has.every((capability) => typeof capability === "string");
}

function requiredCapabilities({
  kvVersion,
  values,
  metadata,
}: SecretPlace): Record<string, readonly string[]> {
  if (kvVersion === 1) {
    return { [`${values}/${ANY_NAME}`]: ["create", "update", "read", "delete"], [`${values}/`]: ["list"] };
  }
  return {
    [`${values}/${ANY_NAME}`]: ["create", "update", "read"],
    [`${metadata}/${ANY_NAME}`]: ["read", "delete"],
    [`${metadata}/`]: ["list"],
  };
}

/** Undefined: the token cannot read them, such as one without the policy `default`. */
async function readCapabilities(
  client: VaultClient,
  paths: readonly string[],
  limits: CallLimits,
): Promise<Readonly<Record<string, unknown>> | undefined> {
  try {
    const { answer, classified } = await client.send(capabilitiesRequest(paths), limits, "read");
    return classified === undefined ? (answer.data as Record<string, unknown>) : undefined;
  } catch (error) {
    if (error instanceof CallFailure) return undefined;
    throw error;
  }
}
