import { isDeepStrictEqual } from "node:util";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { say } from "./narrate.ts";
import { readCredentials } from "./read-credentials.ts";

/** Reads every secret of the database and compares it with the file that the first process stored. */
const [inputFile = ""] = process.argv.slice(2);
const expected = readCredentials(inputFile);
let different = 0;

const secrets = await createSecretsManager({ plugins: [dbPlugin()] });
for await (const { name } of secrets.list()) {
  const secret = await secrets.get(name);
  const isEqual = isDeepStrictEqual({ ...secret?.value }, { ...expected.get(name) });
  if (!isEqual) different++;
  say(`Process ${process.pid} read ${name}: ${isEqual ? "equal to the file" : "DIFFERENT from the file"}`);
}
await secrets.close();
process.exitCode = different === 0 ? 0 : 1;
