import { join } from "node:path";
import { authSecret, createDatabase } from "./database-fixture.ts";
import { pairedProcesses } from "./paired-processes.ts";

const { path, names, remove } = await createDatabase(100);
const name = names[50] as string;
const program = join(import.meta.dirname, "../../packages/secrets-cli/dist/bin.js");

// The processes inherit them.
process.env.ARCHESTRA_DATABASE_URL = `sqlite://${path}`;
process.env.ARCHESTRA_AUTH_SECRET = authSecret;

await pairedProcesses({
  name: "run-command",
  baseline: { name: "the command alone", arguments: ["--eval", "0"] },
  subject: {
    name: "archestra-secrets run, with one field",
    arguments: [program, "run", `TOKEN=${name}#accessToken`, "--", process.execPath, "--eval", "0"],
  },
});

remove();
