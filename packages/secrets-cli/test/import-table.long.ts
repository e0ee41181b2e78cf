import { expect, test } from "vitest";
import { archestraKey, archestraServer } from "./support/archestra-database.ts";
import { importWhileWriting } from "./support/import-while-writing.ts";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

const createDatabase = archestraServer();

test("3,000 rows are imported while the old application writes, every value is equal and none is lost", async () => {
  await using settings = sqliteSettings();
  const source = await createDatabase();
  const env = {
    ...settings.env,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: archestraKey,
    ARCHESTRA_SOURCE_DATABASE_URL: source.url,
  };
  const run = async () => {
    const program = await runProgram(["import", "--from-table", "secret", "--json"], {
      env,
      folder: settings.folder,
    });
    expect(program.stdout + program.stderr).not.toContain("planted");
    return { ...program, ...JSON.parse(program.stdout) };
  };
  await importWhileWriting({ source, rows: 3_000, writers: 8, run, open: settings.open });
});
