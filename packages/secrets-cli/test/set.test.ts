import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

const planted = "planted-value-\u00fc";

test("set changes one field from standard input, keeps the others, and creates what does not exist", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  const created = await runProgram(["set", "github", "--field", "token", "--json"], {
    ...settings,
    input: "first\n",
  });
  expect(JSON.parse(created.stdout)).toMatchObject({
    ok: true,
    result: { name: "github", manager: "DB", version: expect.any(String), created: true },
  });
  await runProgram(["set", "github", "--field", "__proto__"], { ...settings, input: "a field\n" });
  const { exitCode, stdout, stderr } = await runProgram(["set", "github", "--field", "token"], {
    ...settings,
    input: `${planted}\n\n`,
  });
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
  expect(stdout).not.toContain("planted");
  const { value } = (await manager.get("github")) ?? {};
  expect(JSON.stringify(value)).toBe(
    JSON.stringify(
      Object.fromEntries([
        ["token", `${planted}\n`],
        ["__proto__", "a field"],
      ]),
    ),
  );
});

test("concurrent changes of different fields are all kept", async () => {
  await using settings = sqliteSettings();
  const fields = ["a", "b", "c", "d"];
  await Promise.all(
    fields.map((field) => runProgram(["set", "shared", "--field", field], { ...settings, input: field })),
  );
  const manager = await settings.open();
  expect((await manager.get("shared"))?.value).toEqual({ a: "a", b: "b", c: "c", d: "d" });
});

test("set replaces the whole value from a file, and --create and --if-version are conditions", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  const first = await manager.create("github", { token: "one", note: "two" });
  const file = join(settings.folder, "value.json");
  writeFileSync(file, JSON.stringify({ token: planted }));

  expect(await runProgram(["set", "github", "--json-file", file, "--create"], settings)).toMatchObject({
    exitCode: 1,
    stderr: expect.stringContaining("ALREADY_EXISTS"),
  });
  expect(await runProgram(["set", "github", "--json-file", file], settings)).toMatchObject({ exitCode: 0 });
  expect((await manager.get("github"))?.value).toEqual({ token: planted });
  const late = ["set", "github", "--field", "token", "--if-version", String(first.version)];
  const conflict = await runProgram(late, { ...settings, input: "late" });
  expect(conflict).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("CONFLICT") });
});

test("a value in the arguments is refused and not repeated", async () => {
  await using settings = sqliteSettings();
  for (const args of [
    ["github", "planted-value", "--field", "token"],
    ["github", "--field", "token=planted-value"],
    ["github", "token=planted-value"],
    ["github", "--token=planted-value"],
  ]) {
    const { exitCode, stdout, stderr } = await runProgram(["set", ...args], settings);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
    expect(stderr).toMatch(/other users of this machine can read|--help/);
    expect(stderr).not.toContain("planted");
  }
});

test("empty values, damaged JSON and bytes that are not UTF-8 are refused without being quoted", async () => {
  await using settings = sqliteSettings();
  const file = join(settings.folder, "value");
  writeFileSync(file, Buffer.from([0x70, 0x6c, 0x61, 0xff, 0xfe]));
  for (const { args, input } of [
    { args: ["--field", "token"], input: "\n" },
    { args: ["--json-file", "-"], input: '{"token":"planted' },
    { args: ["--json-file", "-"], input: '["planted"]' },
    { args: ["--json-file", "-"], input: '{"n":9007199254740993}' },
    { args: ["--field", "token", "--value-file", file], input: "" },
  ]) {
    const { exitCode, stdout, stderr } = await runProgram(["set", "github", ...args], { ...settings, input });
    expect([1, 64]).toContain(exitCode);
    expect(stdout + stderr).not.toMatch(/planted|9007199254740993/);
  }
  const manager = await settings.open();
  expect(await manager.has("github")).toBe(false);
});

test("a name and a field are escaped in the result, and an unquoted command line is not made of them", async () => {
  await using settings = sqliteSettings();
  const { stdout } = await runProgram(["set", "$(touch x)", "--field", "to\u202eken"], {
    ...settings,
    input: planted,
  });
  expect(stdout).toContain("to\\u{202e}ken of the secret $(touch x)");
});
