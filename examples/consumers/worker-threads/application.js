import { once } from "node:events";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";

// Each thread has a manager of its own.
const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
if (isMainThread) {
  await secrets.set("github_token", { token: "ghp_not_a_real_token" });
  const threads = [1, 2, 3].map(() => new Worker(new URL(import.meta.url)));
  const answers = await Promise.all(threads.map(async (thread) => (await once(thread, "message"))[0]));
  console.log([...new Set(answers)].join());
} else {
  const secret = await secrets.get("github_token");
  parentPort.postMessage(secret?.value.token);
}
await secrets.close();
