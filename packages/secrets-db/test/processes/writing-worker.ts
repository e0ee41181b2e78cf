/*
 * A worker thread that opens a database of its own, sets so many secrets, and stays open until its process is killed.
 */
import { parentPort, workerData } from "node:worker_threads";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "../../src/index.ts";

const { env, prefix } = workerData;
const manager = await createSecretsManager({ plugins: [dbPlugin()], env });
parentPort?.postMessage("open");
parentPort?.on("message", async (count: number) => {
  for (let index = 0; index < count; index++) await manager.set(`${prefix}/${index}`, { index });
  parentPort?.postMessage("done");
});
