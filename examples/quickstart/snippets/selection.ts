// #region resolve
import { createSecretsManager, resolveSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

const { manager, requestedBy, settings } = resolveSecretsManager([dbPlugin()], process.env);
console.log(manager, requestedBy); // DB default
for (const { variable, source } of settings) console.log(variable, source);
// #endregion

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
// #region describe
const { requested, location, strict, capabilities } = secrets.describe();
console.log(requested, location, strict, capabilities);
// #endregion
await secrets.close();

// #region logger
const logger = {
  warn: (fields: { readonly code: string }, message: string) => console.warn(fields.code, message),
};
const withLogger = await createSecretsManager({ plugins: [dbPlugin()], logger });
// #endregion
await withLogger.close();
