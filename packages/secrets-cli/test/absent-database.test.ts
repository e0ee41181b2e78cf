import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { newDatabase } from "./doctor/broken-setup.ts";
import { runProgram } from "./support/program.ts";

const commands = [
  ["list"],
  ["get", "github", "--reveal"],
  ["set", "github", "--json-file", "-"],
  ["delete", "github", "--yes"],
  ["history", "github"],
  ["export"],
  ["import", "--from-json", "-"],
  ["run", "TOKEN=github#token", "--", "true"],
  ["migrate", "--to", "DB"],
  ["migrate", "finalize", "--yes"],
  ["rotate", "status"],
];

test("no command but `schema migrate` creates a database file, which would look like one without secrets", async () => {
  const { env, folder, file } = newDatabase();
  for (const command of commands) {
    const { exitCode, stdout, stderr } = await runProgram(command, { env, folder, input: "{}" });
    expect(exitCode, `${command}: ${stdout}${stderr}`).not.toBe(0);
    expect(readdirSync(folder), `${command}`).toEqual([]);
    expect(stderr).toContain(`The database file ${file} does not exist`);
  }
  const created = await runProgram(["schema", "migrate"], { env });
  expect(created, created.stderr).toMatchObject({ exitCode: 0 });
  const listed = await runProgram(["list"], { env });
  expect(listed).toMatchObject({ exitCode: 0, stdout: "There are no secrets.\n" });
});

test("a relative path that leads to no database names the working directory, and doctor does too", async () => {
  const { env, folder } = newDatabase();
  const relative = { ...env, ARCHESTRA_DATABASE_URL: "sqlite:data/secrets.db" };
  const listed = await runProgram(["list"], { env: relative, folder });
  expect(listed.exitCode).toBe(1);
  expect(listed.stderr).toContain(`${folder}/data/secrets.db does not exist`);
  expect(listed.stderr).toContain("a relative one begins at the working directory");
  const { stdout } = await runProgram(["doctor"], { env: relative, folder });
  expect(stdout).toContain(`the path is relative, and the working directory is ${folder}`);
  expect(readdirSync(folder)).toEqual([]);
});
