import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

// #region timeout
const secrets = await createSecretsManager({ plugins: [dbPlugin()], timeout: 5_000 });
// #endregion
await secrets.set("github_token", { token: "ghp_not_a_real_token" });

// #region signal
const request = new AbortController(); // aborted, for example, when a client disconnects
const secret = await secrets.get("github_token", { signal: request.signal });
// #endregion
console.log(secret?.name);
await secrets.close();
