// #region nested
import { register } from "node:module";
import { SecretsInstrumentation } from "@archestra/secrets-opentelemetry";
import { PgInstrumentation } from "@opentelemetry/instrumentation-pg";
import { UndiciInstrumentation } from "@opentelemetry/instrumentation-undici";
import { NodeSDK } from "@opentelemetry/sdk-node";

// PgInstrumentation changes the module `pg` when it is loaded.
register("@opentelemetry/instrumentation/hook.mjs", import.meta.url);
const sdk = new NodeSDK({
  instrumentations: [new SecretsInstrumentation(), new UndiciInstrumentation(), new PgInstrumentation()],
});
sdk.start();
process.once("beforeExit", () => sdk.shutdown());
// #endregion
