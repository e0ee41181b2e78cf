import { execFile } from "node:child_process";
import { cpSync, mkdirSync, readdirSync, realpathSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { scratchFolder } from "../support/scratch-folder.ts";

const packages = join(import.meta.dirname, "../../..");

/** A folder in which the built packages are installed as an application has them, with these packages beside them. */
function applicationWith(...others: readonly string[]): string {
  const folder = scratchFolder();
  for (const name of ["secrets-core", "secrets-db"]) {
    const target = join(folder, "node_modules/@archestra", name);
    mkdirSync(target, { recursive: true });
    for (const part of ["package.json", "dist"])
      cpSync(join(packages, name, part), join(target, part), { recursive: true });
  }
  for (const name of ["pg-connection-string", ...others])
    symlinkSync(
      realpathSync(join(packages, "secrets-db/node_modules", name)),
      join(folder, "node_modules", name),
    );
  return folder;
}

/** The error of a call in an application, in a process of its own. */
async function errorOf(folder: string, call: string, url = "sqlite::memory:"): Promise<unknown> {
  const program = `
    import { createSecretsManager } from "@archestra/secrets-core";
    import { dbPlugin, moveDatabase, openRotation, printMigrations } from "@archestra/secrets-db";
    const error = await ${call}.then(() => ({}), (error) => error);
    console.log(JSON.stringify({ name: error.name, message: error.message, ...error }));
  `;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--disable-warning=ExperimentalWarning", "--input-type=module", "--eval", program],
    {
      cwd: folder,
      env: {
        PATH: process.env.PATH ?? "",
        ARCHESTRA_DATABASE_URL: url,
        ARCHESTRA_AUTH_SECRET: "only-for-this-test-0123456789-0123456789",
      },
    },
  );
  return JSON.parse(stdout);
}

const start = "createSecretsManager({ plugins: [dbPlugin()] })";
const withoutKysely = {
  code: "INVALID_CONFIGURATION",
  reason: "MODULE_NOT_FOUND",
  manager: "DB",
  message: expect.stringMatching(/The package `kysely` is not installed .* npm install kysely$/),
};

test.each([
  start,
  "openRotation()",
  'moveDatabase({ from: { url: "sqlite:a.db" }, to: { url: "sqlite:b.db" } })',
  'printMigrations("sqlite")',
])("without Kysely, %s names the package and the command to run", async (call) => {
  expect(await errorOf(applicationWith(), call)).toMatchObject(withoutKysely);
});

test("without pg, a start on PostgreSQL names the package and the command to run", async () => {
  const error = await errorOf(applicationWith("kysely"), start, "postgres://user@127.0.0.1:1/database");
  expect(error).toMatchObject({
    code: "INVALID_CONFIGURATION",
    reason: "CLIENT_NOT_INSTALLED",
    message: expect.stringContaining("npm install pg"),
  });
});

test("with a pg that lacks a package of its own, a start on PostgreSQL names that package", async () => {
  const folder = applicationWith("kysely");
  const pg = join(folder, "node_modules/pg");
  cpSync(realpathSync(join(packages, "secrets-db/node_modules/pg")), pg, { recursive: true });
  const error = await errorOf(folder, start, "postgres://user@127.0.0.1:1/database");
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "MODULE_NOT_FOUND" });
  expect((error as Error).message).toMatch(/npm install (?!pg$)\S+$/);
});

test("without a file of its own, a start names the file", async () => {
  const folder = applicationWith("kysely");
  const dist = join(folder, "node_modules/@archestra/secrets-db/dist");
  const chunk = readdirSync(dist).find((name) => /^open-database-backend-.*\.js$/.test(name));
  rmSync(join(dist, chunk as string));
  expect(await errorOf(folder, start)).toMatchObject({
    code: "INVALID_CONFIGURATION",
    reason: "MODULE_NOT_FOUND",
    message: expect.stringContaining(`${chunk} is missing.`),
  });
});
