import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { parseEnv } from "node:util";
import { Decrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

const secrets = {
  "$(touch x)": { token: "$(touch y) `touch z`" },
  "app/caf\u00e9": {
    text: "line one\nline two\n",
    quotes: `'"\``,
    "f\u202eield": "bidi \u202e \u001b[2J \u{e0001}",
  },
  "app/numbers": { n: 1.5, yes: true, none: null, list: [1, { a: "\u{1f511}" }], empty: "" },
  "app/prototype": JSON.parse('{"__proto__":{"a":1}}'),
};

async function filled() {
  const settings = sqliteSettings();
  const manager = await settings.open();
  for (const [name, value] of Object.entries(secrets)) await manager.create(name, value);
  return { ...settings, manager };
}

test("an export as JSON is imported with every value equal", async () => {
  await using settings = await filled();
  const file = join(settings.folder, "secrets.json");
  const { exitCode, stdout } = await runProgram(["export", "--out", file, "--json"], settings);
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout).result).toEqual({
    file,
    format: "json",
    secrets: 4,
    encrypted: false,
    skipped: [],
  });
  expect(statSync(file).mode & 0o777).toBe(0o600);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: no such character may be in the file
  expect(readFileSync(file, "utf8")).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);

  await using target = sqliteSettings();
  expect(await runProgram(["import", "--from-json", file], target)).toMatchObject({ exitCode: 0 });
  const manager = await target.open();
  for (const [name, value] of Object.entries(secrets)) {
    expect(JSON.stringify((await manager.get(name))?.value)).toBe(JSON.stringify(value));
  }
});

test("an export to standard output is limited to its prefix, and an empty one is valid JSON", async () => {
  await using settings = await filled();
  const { stdout, stderr } = await runProgram(["export", "app/"], settings);
  expect(Object.keys(JSON.parse(stdout))).toEqual(["app/caf\u00e9", "app/numbers", "app/prototype"]);
  expect(stderr).toBe("");
  expect((await runProgram(["export", "nothing"], settings)).stdout).toBe("{}\n");
});

test("a file is not replaced without --force, and a failed export leaves none", async () => {
  await using settings = await filled();
  const file = join(settings.folder, "taken.json");
  writeFileSync(file, "before");
  const refused = await runProgram(["export", "--out", file], settings);
  expect(refused).toMatchObject({ exitCode: 64, stderr: expect.stringContaining("--force") });
  expect(readFileSync(file, "utf8")).toBe("before");
  await runProgram(["export", "--out", file, "--force"], settings);
  expect(Object.keys(JSON.parse(readFileSync(file, "utf8")))).toHaveLength(4);
  expect(statSync(file).mode & 0o777).toBe(0o600);

  const database = new DatabaseSync(join(settings.folder, "secrets.db"));
  database.exec(
    "UPDATE archestra_secrets SET value = '{\"__encrypted\":\"v2:planted\"}' WHERE name = 'app/numbers'",
  );
  database.close();
  const other = join(settings.folder, "other.json");
  const failed = await runProgram(["export", "--out", other], settings);
  expect(failed).toMatchObject({ exitCode: 1, stdout: "", stderr: expect.stringContaining("app/numbers") });
  expect(failed.stderr).not.toMatch(/planted|line one/);
  expect(readdirSync(settings.folder).filter((name) => name.startsWith("other"))).toEqual([]);

  const { exitCode, stdout } = await runProgram(
    ["export", "--out", other, "--skip-unreadable", "--json"],
    settings,
  );
  expect(exitCode).toBe(1);
  expect(JSON.parse(stdout).result).toMatchObject({ secrets: 3, skipped: ["app/numbers"] });
});

test("an export as .env is read by Node and by a shell as it was, and refuses what it cannot represent", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  const values = {
    plain: "abc",
    command: "$(touch x) `touch y` $HOME \\n",
    apostrophe: "it's",
    lines: 'one\n"two" # three\n',
    empty: "",
    number: 5,
    spaces: "  both ends  ",
    unicode: "\u00e4\u{1f511}",
  };
  await manager.create("app/ci", values);
  const { stdout } = await runProgram(["export", "--format", "env"], settings);
  const expected = Object.fromEntries(
    Object.entries(values).map(([field, value]) => [`APP_CI_${field.toUpperCase()}`, String(value)]),
  );
  expect({ ...parseEnv(stdout) }).toEqual(expected);
  const file = join(settings.folder, "app.env");
  writeFileSync(file, stdout);
  const { execFileSync } = await import("node:child_process");
  for (const [variable, value] of Object.entries(expected)) {
    const read = execFileSync("sh", ["-c", `. "$0"; printf '%s|' "$${variable}"`, file], {
      cwd: settings.folder,
      encoding: "utf8",
    });
    expect(read).toBe(`${value}|`);
  }
  expect(readdirSync(settings.folder)).not.toContain("x");

  await manager.create("app/other", { quotes: `planted ' " quotes` });
  const refused = await runProgram(["export", "app/other", "--format", "env"], settings);
  expect(refused).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("JSON") });
  expect(refused.stdout + refused.stderr).not.toContain("planted");
  await manager.create("app-ci", { plain: "planted" });
  const collision = await runProgram(
    ["export", "app", "--format", "env", "--out", join(settings.folder, "c")],
    settings,
  );
  expect(collision).toMatchObject({ exitCode: 1, stderr: expect.stringContaining("APP_CI_PLAIN") });
});

test("an export is encrypted with age for a recipient or with a passphrase", async () => {
  await using settings = await filled();
  const identity = await generateX25519Identity();
  const recipient = await identityToRecipient(identity);
  const file = join(settings.folder, "secrets.age");
  const run = await runProgram(["export", "--age-recipient", recipient, "--out", file], settings);
  expect(run).toMatchObject({ exitCode: 0, stdout: expect.stringContaining("encrypted") });
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  const text = await decrypter.decrypt(readFileSync(file), "text");
  expect(JSON.stringify(JSON.parse(text))).toBe(JSON.stringify(secrets));

  const locked = join(settings.folder, "locked.age");
  await runProgram(["export", "--passphrase-file", "-", "--out", locked], {
    ...settings,
    input: "planted phrase\n",
  });
  const byPassphrase = new Decrypter();
  byPassphrase.addPassphrase("planted phrase");
  expect(await byPassphrase.decrypt(readFileSync(locked), "text")).toBe(text);

  const wrong = await runProgram(["export", "--age-recipient", "AGE-SECRET-KEY-PLANTED"], settings);
  expect(wrong).toMatchObject({ exitCode: 64, stdout: "" });
  expect(wrong.stderr).not.toContain("PLANTED");
  expect(await runProgram(["export", "--passphrase"], settings)).toMatchObject({ exitCode: 64, stdout: "" });
});
