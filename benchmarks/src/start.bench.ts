import { createDatabase } from "./database-fixture.ts";
import { pairedProcesses } from "./paired-processes.ts";

const { path, names, remove } = await createDatabase(100);
const name = names[50] as string;

await pairedProcesses({
  name: "start-first-get",
  baseline: { name: "Kysely and one bare select", arguments: ["src/start/bare-select.mjs", path, name] },
  subject: {
    name: "core and db, opening and a first get",
    arguments: ["src/start/first-get.mjs", path, name],
  },
});

await pairedProcesses({
  name: "start-import-core",
  baseline: { name: "node -e 0", arguments: ["-e", "0"] },
  subject: {
    name: "importing core",
    arguments: ["--input-type=module", "-e", 'import "@archestra/secrets-core"'],
  },
});

remove();
