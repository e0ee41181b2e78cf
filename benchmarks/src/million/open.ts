import { createSecretsManager, type Logger, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

/** The encryption secrets of the run: the first one encrypts, the second one is rotated to. */
export const secrets = {
  first: "the first secret of a benchmark, of at least thirty-two characters",
  second: "the second secret of a benchmark, of at least thirty-two characters",
} as const;

/** Opens a manager as an application does. */
export function open(
  url: string,
  secret: string,
  logger: Logger = { warn: () => {} },
): Promise<SecretsManager> {
  const env = { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: secret };
  return createSecretsManager({ plugins: [dbPlugin()], env, logger });
}
