import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

process.env.NEW_DATABASE_URL = "sqlite:new.db";
const before = await createSecretsManager({ plugins: [dbPlugin()] });
await before.set("github_token", { token: "ghp_not_a_real_token" });
await before.close();

// #region move
import { moveDatabase } from "@archestra/secrets-db";

const report = await moveDatabase({
  from: { url: process.env.ARCHESTRA_DATABASE_URL },
  to: { url: process.env.NEW_DATABASE_URL },
  onProgress: ({ phase, pass, rows }) => console.log(phase, pass, rows),
});
console.log(report.rows, "rows,", report.keys, "keys, verified:", report.verified);

// #endregion

// #region release
import { releaseDatabase } from "@archestra/secrets-db";

await releaseDatabase({ url: process.env.ARCHESTRA_DATABASE_URL });
// #endregion
