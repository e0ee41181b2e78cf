import type { Logger, SettingsOf } from "@archestra/secrets-core/plugin";
import { metadataPathOf, type SecretPlace } from "../paths/secret-paths.ts";
import { misconfigured } from "../settings/misconfigured.ts";
import type { vaultSettings } from "../settings/vault-settings.ts";

/** Where the secrets are stored, as configured. */
export interface ConfiguredPlace extends Pick<SecretPlace, "kvVersion" | "values"> {
  /** Absent: it follows from the mount. */
  readonly metadata?: string | undefined;
}

/** The settings that name it. */
export type PlaceSettings = Pick<
  SettingsOf<typeof vaultSettings>,
  "kvVersion" | "secretPath" | "secretMetadataPath"
>;

/** Reads it from the settings. @throws INVALID_CONFIGURATION when the path of KV 2 has no segment `data` */
export function configuredPlace(
  { kvVersion, secretPath, secretMetadataPath: metadata }: PlaceSettings,
  logger: Logger,
): ConfiguredPlace {
  const values = secretPath ?? (kvVersion === 2 ? "secret/data/archestra" : "secret/archestra");
  if (kvVersion === 1) {
    if (metadata !== undefined) {
      logger.warn(
        { code: "ARCHESTRA_SECRETS_VAULT_METADATA_PATH" },
        "ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH is ignored: KV version 1 has no metadata. Unset it, or set ARCHESTRA_HASHICORP_VAULT_KV_VERSION=2.",
      );
    }
    return { kvVersion, values };
  }
  if (metadata === undefined && metadataPathOf(values) === undefined) throw misconfigured(...noDataSegment);
  return { kvVersion, values, metadata };
}

/** The reason and the message for a path of values without `data`, on KV 2, without a metadata path. */
export const noDataSegment = [
  "NO_DATA_SEGMENT",
  `ARCHESTRA_HASHICORP_VAULT_SECRET_PATH lacks the segment "data", which KV version 2 needs. Put "data" behind the mount in ARCHESTRA_HASHICORP_VAULT_SECRET_PATH, as in "secret/data/archestra" for the mount "secret". If the mount is KV version 1, set ARCHESTRA_HASHICORP_VAULT_KV_VERSION=1. If a proxy rewrites the paths, set ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH, too.`,
] as const;
