import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { programChunk } from "@archestra/presets/program-chunk";
import { libraryBuild } from "@archestra/presets/tsup";

/** Packages that are bundled. Of their many small files, Node reads each: they were half of the time of a start. */
const bundled = ["@archestra/secrets-db", "commander", "kysely", "pg-connection-string"];

const database = dirname(createRequire(import.meta.url).resolve("@archestra/secrets-db/package.json"));

export default {
  ...libraryBuild(["src/index.ts", "src/bin.ts"]),
  noExternal: bundled,
  esbuildPlugins: [
    programChunk({
      modules: [
        "src/program/run-program.ts",
        "src/settings/own-plugins.ts",
        "src/run/run.ts",
        openDatabaseBackend(),
      ],
      apart: ["src/index.ts", "src/completion/complete-words.ts", "src/completion/print-script.ts"],
    }),
  ],
  minifySyntax: true,
  minifyWhitespace: true,
  onSuccess: async () => writeFileSync("dist/licenses-of-bundled-packages.txt", licenses()),
};

/** What the plugin for databases loads when it is opened. */
function openDatabaseBackend(): string {
  const file = readdirSync(join(database, "dist")).find((name) =>
    /^open-database-backend-\w+\.js$/.test(name),
  );
  if (file === undefined) throw new Error("@archestra/secrets-db has no file that opens it. Build it first.");
  return join(database, "dist", file);
}

/** The licenses of bundled packages of others, which require that they are distributed with the code. */
function licenses(): string {
  const own = createRequire(import.meta.url);
  const ofDatabase = createRequire(join(database, "package.json"));
  const paths = {
    commander: own.resolve("commander"),
    kysely: ofDatabase.resolve("kysely"),
    "pg-connection-string": ofDatabase.resolve("pg-connection-string"),
  };
  return Object.entries(paths)
    .map(([name, path]) => `${name}\n\n${readFileSync(join(folderOf(name, path), "LICENSE"), "utf8")}`)
    .join("\n");
}

function folderOf(name: string, file: string): string {
  const folder = dirname(file);
  return folder.endsWith(`/node_modules/${name}`) ? folder : folderOf(name, folder);
}
