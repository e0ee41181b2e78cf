import type { DiagnosisContext } from "@archestra/secrets-core/plugin";
import { throwPublicError } from "../client/call-failure.ts";
import { requiredPolicy } from "../client/required-capabilities.ts";
import type { VaultClient } from "../client/vault-client.ts";
import { limitsWithin } from "../http/call-limits.ts";
import type { ConfiguredPlace } from "../mount/configured-place.ts";
import { type MissingCapabilities, readMissingCapabilities } from "../mount/missing-capabilities.ts";
import { MountLookup } from "../mount/mount-lookup.ts";
import type { SecretPlace } from "../paths/secret-paths.ts";

const TIMEOUT = 4_000;
const policy = { command: ["archestra-secrets", "policy", "--role", "writer"] };

/** Examines the mount, and which calls the policies of the token allow. */
export async function examinePermissions(
  client: VaultClient,
  configured: ConfiguredPlace,
  { fact, finding, signal, logger }: DiagnosisContext,
): Promise<void> {
  const limits = { ...limitsWithin(TIMEOUT, "Reading the mount", signal), failsFast: true };
  fact({ key: "path", label: "path of secrets", value: configured.values });
  const lookup = new MountLookup(client, configured, logger);
  const { place, isProven } = await lookup.find(limits).catch(throwPublicError);
  fact({
    key: "kvVersion",
    label: "KV version",
    value: place.kvVersion,
    text: isProven ? `${place.kvVersion}` : `${place.kvVersion} (as configured; the mount cannot be read)`,
  });
  if (!isProven) {
    finding({
      code: "MOUNT_NOT_PROVEN",
      severity: "degraded",
      message: `The token cannot read the mount, so it is not known whether it is KV version ${place.kvVersion}, and no secret can be reported as absent. Any capability under the prefix allows it, unless a policy denies "sys/internal/ui/mounts/*".`,
      remedy: { ...policy, text: "Add what this command prints to the policy of the token." },
    });
  }
  const missing = await readMissingCapabilities(client, place, limits);
  if (missing === undefined) {
    fact({
      key: "permissions",
      label: "permissions",
      value: null,
      text: "unknown: the token cannot read them",
    });
    return;
  }
  const refused = missing.map((one) => describeMissing(one, place));
  fact({
    key: "permissions",
    label: "permissions",
    value: { missing: missing.map(({ path, capabilities }) => ({ path, capabilities: [...capabilities] })) },
    text: refused.length === 0 ? "all calls are allowed" : `missing for ${refused.length} of the paths`,
  });
  if (refused.length === 0) return;
  const cannotRead = missing.some(({ path, capabilities }) => {
    return path.startsWith(place.values) && capabilities.includes("read");
  });
  finding({
    code: "MISSING_CAPABILITIES",
    severity: cannotRead ? "broken" : "degraded",
    message: `The policies of the Vault token do not allow: ${refused.join("; ")}. To allow all: ${requiredPolicy(place)}`,
    remedy: { ...policy, text: "Add what this command prints to the policy of the token." },
  });
}

/** The calls that a capability is for. */
const calls: Readonly<Record<string, string>> = {
  read: "`get`",
  create: "`create`",
  update: "`set`",
  delete: "`delete`",
  list: "`list`",
};

function describeMissing({ path, capabilities }: MissingCapabilities, place: SecretPlace): string {
  const isOfValues = path.startsWith(place.values);
  const callOf = (capability: string) =>
    capability === "read" && !isOfValues ? "`history`, times of `list`" : (calls[capability] ?? capability);
  const needed = capabilities.map(callOf).join(", ");
  return `${needed} (${capabilities.join(", ")} on ${JSON.stringify(path)})`;
}
