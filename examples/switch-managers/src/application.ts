import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";
import { logger } from "./json-logger.ts";
import { Migration } from "./migration.ts";
import { requestHandler } from "./request-handler.ts";

// #region start
const secrets = await createSecretsManager({
  plugins: [dbPlugin(), vaultPlugin(), tokenAuth()],
  logger,
  timeout: 10_000, // The longest time that a request waits for the stores.
});
const migration = new Migration(secrets);
const server = createServer(requestHandler(secrets, migration));
// It has no authentication, so it listens only on this machine.
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  const { port } = server.address() as AddressInfo;
  const { manager, location } = secrets.describe();
  logger.info({ port, manager, location }, "Listening.");
});
// #endregion

// #region stop
process.once("SIGTERM", stop).once("SIGINT", stop);

function stop(): void {
  logger.info({}, "Stopping: requests in progress are answered, new connections are refused.");
  server.close(async () => {
    // The migration stops between two steps: every secret is consistent, and the next process continues.
    await migration.stop();
    await secrets.close();
    logger.info({}, "Stopped.");
  });
}
// #endregion
