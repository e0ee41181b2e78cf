import type { Logger } from "@archestra/secrets-core/plugin";
import { policyRule, policyRules, type SecretsRole } from "../client/role-capabilities.ts";
import { metadataPathOf } from "../paths/secret-paths.ts";
import { type ConfiguredPlace, configuredPlace, type PlaceSettings } from "./configured-place.ts";
import { policyPrefix } from "./policy-prefix.ts";

const aboutItself = [
  policyRule("auth/token/lookup-self", ["read"]),
  policyRule("auth/token/renew-self", ["update"]),
  policyRule("auth/token/revoke-self", ["update"]),
  policyRule("sys/capabilities-self", ["update"]),
];

/** The policy of a role, with the paths of the settings. @throws SecretsError as `configuredPlace` does */
export function policyOf(
  role: SecretsRole | "token",
  settings: PlaceSettings & {
    readonly namespace: string | undefined;
    readonly authNamespace: string | undefined;
  },
  logger: Logger,
): string {
  if (role === "token") return `${aboutItself.join("\n")}\n`;
  const { kvVersion, values, metadata }: ConfiguredPlace = configuredPlace(settings, logger);
  const place = { kvVersion, values, metadata: metadata ?? metadataPathOf(values) ?? values };
  const rules = policyRules(role, place, policyPrefix(settings.namespace, settings.authNamespace));
  return `${rules.join("\n")}\n`;
}
