import cluster from "node:cluster";
import { once } from "node:events";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

// Each process has a manager of its own.
const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
if (cluster.isPrimary) {
  await secrets.set("github_token", { token: "ghp_not_a_real_token" });
  const workers = [1, 2, 3].map(() => cluster.fork());
  const answers = await Promise.all(workers.map(async (worker) => (await once(worker, "message"))[0]));
  console.log([...new Set(answers)].join());
} else {
  const secret = await secrets.get("github_token");
  process.send(secret?.value.token);
  process.disconnect();
}
await secrets.close();
