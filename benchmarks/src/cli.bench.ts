import { writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { authSecret, createDatabase } from "./database-fixture.ts";
import { pairedProcesses } from "./paired-processes.ts";

const program = join(dirname(fileURLToPath(import.meta.resolve("@archestra/secrets-cli"))), "bin.js");

await pairedProcesses({
  name: "cli-version",
  baseline: { name: "node -e 0", arguments: ["-e", "0"] },
  subject: { name: "archestra-secrets --version", arguments: [program, "--version"] },
});

const { path, remove } = await createDatabase(100);
const file = join(dirname(path), "settings.env");
writeFileSync(file, `ARCHESTRA_DATABASE_URL=sqlite://${path}\nARCHESTRA_AUTH_SECRET="${authSecret}"\n`);
await pairedProcesses({
  name: "cli-list",
  baseline: { name: "a script that opens core and db, and lists", arguments: ["src/start/list.mjs", path] },
  subject: { name: "archestra-secrets list", arguments: [program, "list", "--env-file", file] },
});
remove();
