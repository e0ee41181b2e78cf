import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

test("list shows the names in order, as a table and as JSON", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  for (const name of ["github/two", "github/one", "other"]) await manager.create(name, { token: "planted" });

  const text = await runProgram(["list", "github/"], settings);
  expect(text.stdout.split("\n").map((line) => line.split(" ")[0])).toEqual([
    "NAME",
    "github/one",
    "github/two",
    "",
  ]);
  const json = await runProgram(["list", "--limit", "2", "--json"], settings);
  const { command, ok, result } = JSON.parse(json.stdout);
  expect({ command, ok }).toEqual({ command: "list", ok: true });
  expect(result.secrets).toMatchObject([
    { name: "github/one", manager: "DB", version: expect.stringMatching(/^DB:/) },
    { name: "github/two" },
  ]);
});

test("a table is cut to the width of the terminal, and control and bidirectional characters are escaped", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  await manager.create("n".repeat(150), { token: "planted" });
  await manager.create("$(touch x)", { token: "planted", note: "one\u202etwo\u001b[2J" });

  const { stdout } = await runProgram(["list"], { env: { ...settings.env, COLUMNS: "80" } });
  expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBe(80);
  const { stdout: secret } = await runProgram(["get", "$(touch x)", "--reveal"], settings);
  expect(secret).toContain("one\\u{202e}two\\u{1b}[2J");
});

test("get masks values unless they are to be revealed, and prints one field alone", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  await manager.create("github/token", { token: "planted-value", scopes: ["repo"] });

  const masked = await runProgram(["get", "github/token"], settings);
  expect(masked.stdout).toContain("token");
  expect(masked.stdout + masked.stderr).not.toContain("planted-value");
  expect(await runProgram(["get", "github/token", "--field", "token", "--reveal"], settings)).toEqual({
    exitCode: 0,
    stdout: "planted-value\n",
    stderr: "",
  });
  expect(await runProgram(["get", "nothing"], settings)).toMatchObject({ exitCode: 3, stdout: "" });
});
