import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { libraryBuild } from "@archestra/presets/tsup";

/** Packages that are bundled. Of their many small files, Node reads each: they were half of the time of a start. */
const bundled = ["@archestra/secrets-db", "kysely", "pg-connection-string"];

export default {
  ...libraryBuild(["src/index.ts", "src/bin.ts"]),
  noExternal: bundled,
  onSuccess: async () => writeFileSync("dist/licenses-of-bundled-packages.txt", licenses()),
};

/** The licenses of bundled packages of others, which require that they are distributed with the code. */
function licenses(): string {
  const database = createRequire(
    createRequire(import.meta.url).resolve("@archestra/secrets-db/package.json"),
  );
  return ["kysely", "pg-connection-string"]
    .map(
      (name) => `${name}\n\n${readFileSync(join(folderOf(name, database.resolve(name)), "LICENSE"), "utf8")}`,
    )
    .join("\n");
}

function folderOf(name: string, file: string): string {
  const folder = dirname(file);
  return folder.endsWith(`/node_modules/${name}`) ? folder : folderOf(name, folder);
}
