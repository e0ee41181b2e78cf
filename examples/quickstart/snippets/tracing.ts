// #region tracing
import { tracingChannel } from "node:diagnostics_channel";
import type { CallEvent } from "@archestra/secrets-core";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

tracingChannel("archestra.secrets.operation").asyncEnd.subscribe((message) => {
  const { operation, owner, name, outcome, duration } = message as CallEvent;
  console.log(operation, owner, name, outcome, duration);
});
// #endregion

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
await secrets.get("github_token");
await secrets.close();
