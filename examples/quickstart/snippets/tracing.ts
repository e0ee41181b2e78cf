// #region tracing
import { subscribe } from "node:diagnostics_channel";
import type { CallEvent } from "@archestra/secrets-core";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

subscribe("archestra.secrets.operation.end", (message) => {
  const { operation, manager, name, outcome, duration } = message as CallEvent;
  console.log(operation, manager, name, outcome, duration);
});
// #endregion

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
await secrets.get("github_token");
await secrets.close();
