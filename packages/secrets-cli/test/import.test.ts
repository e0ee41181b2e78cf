import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

test("import --from-json imports, reports what it skipped and why, and is repeatable", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  await manager.create("taken", { token: "planted-here" });
  await manager.create("same", { token: "planted-same" });
  const file = join(settings.folder, "secrets.json");
  const names = ["new", "taken", "same", "no object", "in//valid"];
  writeFileSync(
    file,
    JSON.stringify({
      new: { token: "planted-new", nested: { list: [1, null, "\u{1f511}"] } },
      taken: { token: "planted-other" },
      same: { token: "planted-same" },
      "no object": "planted-text",
      "in//valid": { token: "planted-name" },
    }),
  );
  const args = ["import", "--from-json", file, "--prefix", ""];

  const dry = await runProgram([...args, "--dry-run", "--json"], settings);
  expect(dry.exitCode).toBe(1);
  const { ok, result } = JSON.parse(dry.stdout);
  expect(ok).toBe(true);
  expect(result).toMatchObject({
    dryRun: true,
    imported: 1,
    unchanged: 1,
    skipped: 1,
    failed: 2,
    stopped: false,
  });
  expect(result.details).toMatchObject([
    { name: "taken", outcome: "skipped", reason: "EXISTS" },
    { name: "no object", outcome: "failed", reason: "VALUE_NOT_OBJECT" },
    { name: "in//valid", outcome: "failed", reason: "NAME_EMPTY_SEGMENT" },
  ]);
  expect(await manager.has("new")).toBe(false);

  const text = await runProgram(args, settings);
  expect(text.exitCode).toBe(1);
  expect(text.stdout).toMatch(/imported {3}1\nunchanged {2}1\nskipped {4}1\nfailed {5}2\n/);
  expect(dry.stdout + dry.stderr + text.stdout + text.stderr).not.toContain("planted");
  for (const name of names) expect(text.stdout.includes(name)).toBe(!["new", "same"].includes(name));
  expect((await manager.get("new"))?.value).toEqual({
    token: "planted-new",
    nested: { list: [1, null, "\u{1f511}"] },
  });

  const again = await runProgram([...args, "--overwrite", "--json"], settings);
  expect(JSON.parse(again.stdout).result).toMatchObject({ imported: 1, unchanged: 2, skipped: 0, failed: 2 });
  expect((await manager.get("taken"))?.value).toEqual({ token: "planted-other" });
});

test("import --from-env makes a secret of each variable, or the fields of one", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  const input = "# comment\nAPI_KEY=planted\nMULTI='one\ntwo $(touch x)'\n";
  const each = await runProgram(["import", "--from-env", "-", "--prefix", "app/"], { ...settings, input });
  expect(each).toMatchObject({ exitCode: 0, stderr: "" });
  expect((await manager.get("app/API_KEY"))?.value).toEqual({ value: "planted" });
  expect((await manager.get("app/MULTI"))?.value).toEqual({ value: "one\ntwo $(touch x)" });

  await runProgram(["import", "--from-env", "-", "--secret", "app"], { ...settings, input });
  expect((await manager.get("app"))?.value).toEqual({ API_KEY: "planted", MULTI: "one\ntwo $(touch x)" });
});

test("import refuses no source, two sources, and a password in its arguments without repeating it", async () => {
  await using settings = sqliteSettings();
  for (const args of [
    [],
    ["--from-json", "a", "--from-env", "b"],
    ["--from-table", "secret", "--from-url", "postgres://user:planted@host/db"],
    ["--from-table", "secret"],
    ["--from-table", "secret", "--from-url", "mysql:planted"],
    ["--from-json", "/nowhere"],
    ["--from-env", "x", "--names", "other"],
  ]) {
    const { exitCode, stdout, stderr } = await runProgram(["import", ...args], settings);
    expect({ exitCode, stdout }).toEqual({ exitCode: 64, stdout: "" });
    expect(stderr).not.toContain("planted");
  }
});
