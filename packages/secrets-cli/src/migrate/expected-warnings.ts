import type { Logger } from "@archestra/secrets-core";

/**
 * Drops the warnings of a start that are no problem of a move: that other managers hold secrets, which is why they are moved,
 * and that the token cannot read the metadata at Vault, which the policy of a migrator does not allow.
 */
export function withoutExpectedWarnings(logger: Logger): Logger {
  return {
    warn(fields, message) {
      if (fields.code === "ARCHESTRA_SECRETS_OF_OTHER_MANAGERS") return;
      if (fields.code === "ARCHESTRA_SECRETS_VAULT_MISSING_CAPABILITIES" && isNoneNeeded(fields.missing))
        return;
      logger.warn(fields, message);
    },
  };
}

/** @param missing the paths and the capabilities of the warning */
function isNoneNeeded(missing: unknown): boolean {
  return (
    Array.isArray(missing) &&
    missing.every(
      ({ path, capabilities }) =>
        String(path).includes("/metadata/") && Array.isArray(capabilities) && capabilities.join() === "read",
    )
  );
}
