import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

test("missing settings are one error that names every variable, and nothing else is written", async () => {
  const { exitCode, stdout, stderr } = await runProgram(["list"], {
    env: { ARCHESTRA_DATABASE_URL: "sqlite:///nowhere/secrets.db" },
  });
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toContain("ARCHESTRA_SECRETS_ENCRYPTION_SECRET");
});

test("wrong arguments end with 64", async () => {
  expect(await runProgram(["list", "--limit", "0"])).toMatchObject({ exitCode: 64 });
  expect(await runProgram(["nonsense"])).toMatchObject({ exitCode: 64 });
});

test("variables of a file are used, and a missing file is refused", async () => {
  await using settings = sqliteSettings();
  const file = join(settings.folder, "settings.env");
  writeFileSync(
    file,
    Object.entries(settings.env)
      .map(([name, value]) => `${name}="${value}"\n`)
      .join(""),
  );
  expect(await runProgram(["list", "--env-file", file])).toMatchObject({ exitCode: 0 });

  // Node itself refuses it with 9, if it finds the option behind the name of the program.
  const { exitCode, stderr } = await runProgram(["list", "--env-file", "/nowhere"]);
  expect([9, 64]).toContain(exitCode);
  expect(stderr).toContain("/nowhere");
});
