/*
 * A process that writes until it is killed. It prints each write, and then that it was acknowledged: what was begun and
 * not acknowledged may have happened or not.
 */
import { writeSync } from "node:fs";
import { flushCompileCache } from "node:module";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "../../src/index.ts";

const [firstCounter = "1"] = process.argv.slice(2);
const manager = await createSecretsManager({ plugins: [dbPlugin()] });
const print = (line: string) => writeSync(1, `${line}\n`);
flushCompileCache();
print("ready");
for (let counter = Number(firstCounter); ; counter++) {
  const name = `name-${counter % 20}`;
  print(`begun ${name} ${counter}`);
  await manager.set(name, { counter, filling: "x".repeat(counter % 3000) });
  print(`acknowledged ${name} ${counter}`);
}
