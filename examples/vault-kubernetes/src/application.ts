import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createSecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { k8sAuth } from "@archestra/vault-auth-k8s";
import { logger } from "./json-logger.ts";
import { requestHandler } from "./request-handler.ts";

// #region start
const secrets = await createSecretsManager({
  plugins: [vaultPlugin(), k8sAuth()],
  logger,
  timeout: 10_000, // The longest time that a request waits for Vault, so it ends within the pod's grace period.
});
const server = createServer(requestHandler(secrets));
server.listen(Number(process.env.PORT ?? 8080), () => {
  const { port } = server.address() as AddressInfo;
  logger.info({ port, secrets: secrets.describe().location }, "Listening.");
});
// #endregion

// #region stop
process.once("SIGTERM", () => {
  logger.info({}, "Stopping: requests in progress are answered, new connections are refused.");
  server.close(async () => {
    // Revokes the Vault token.
    await secrets.close();
    logger.info({}, "Stopped.");
  });
});
// #endregion
