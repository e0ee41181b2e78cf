/*
 * A process that opens a database, uses up every file descriptor that it may have, and tries what the parameter names.
 * It prints the code and the reason of what that failed with, and then whether it works again.
 */
import { closeSync, openSync } from "node:fs";
import { createSecretsManager, isSecretsError } from "@archestra/secrets-core";
import { dbPlugin } from "../../src/index.ts";

const open = () => createSecretsManager({ plugins: [dbPlugin()] });

/** Takes descriptors until there are no more, and gives back so many. */
function starve(left: number): () => void {
  const taken: number[] = [];
  try {
    for (;;) taken.push(openSync("/dev/null", "r"));
  } catch {
    for (let count = 0; count < left; count++) closeSync(taken.pop() ?? -1);
  }
  return () => {
    for (const descriptor of taken) closeSync(descriptor);
  };
}

// Once, so that nothing has to be loaded without descriptors.
await (await open()).close();
const free = starve(Number(process.argv[2]));
const outcome = await open().then(
  (manager) => manager.close().then(() => "opened"),
  (error: unknown) => (isSecretsError(error) ? `${error.code} ${error.reason}` : String(error)),
);
free();
const manager = await open();
await manager.set("a", { b: 1 });
await manager.close();
console.log(JSON.stringify(outcome));
