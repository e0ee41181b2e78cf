/* The program of the README, which the check of types compiles against the built package. */
// #region select
import { createSecretsManager } from "@archestra/secrets-core";
import { redisPlugin } from "secrets-redis";

const secrets = await createSecretsManager({ plugins: [redisPlugin()] });
// #endregion
await secrets.close();
