import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { armor, generateX25519Identity, identityToRecipient } from "age-encryption";
import { expect, test } from "vitest";
import { type ProgramSettings, runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

const secrets = {
  "$(touch x)": { token: "$(touch y) \u{1f511}\n" },
  "app/numbers": { n: 1.5, none: null, list: [1, { a: "" }] },
};

/** Imports into an empty database, and returns what it holds then. */
async function imported(args: readonly string[], settings: ProgramSettings = {}) {
  await using target = sqliteSettings();
  const run = await runProgram(["import", ...args], { ...settings, env: target.env });
  const manager = await target.open();
  const values: Record<string, unknown> = {};
  for await (const { name } of manager.list()) values[name] = (await manager.get(name))?.value;
  return { ...run, values };
}

test("an export that is encrypted for a key or with a passphrase is imported, from a file and from a pipe", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  for (const [name, value] of Object.entries(secrets)) await manager.create(name, value);
  const path = (name: string) => join(settings.folder, name);
  const [identity, other] = [await generateX25519Identity(), await generateX25519Identity()];
  writeFileSync(path("key.txt"), `# created: today\n# public key: age1\n\n${identity}\r\n`);
  writeFileSync(path("other.txt"), `${other}\n`);
  writeFileSync(path("phrase"), "planted phrase\n");
  const forKey = ["--age-recipient", await identityToRecipient(identity), "--out", path("key.age")];
  await runProgram(["export", ...forKey], settings);
  await runProgram(["export", "--passphrase-file", path("phrase"), "--out", path("phrase.age")], settings);
  writeFileSync(path("armored.age"), armor.encode(readFileSync(path("key.age"))));

  const withKey = ["--age-identity-file", path("key.txt")];
  const both = ["--age-identity-file", path("other.txt"), ...withKey];
  for (const args of [
    ["--from-json", path("key.age"), ...withKey],
    ["--from-json", path("armored.age"), ...both],
    ["--from-json", path("phrase.age"), "--passphrase-file", path("phrase")],
  ]) {
    expect(await imported(args)).toMatchObject({ exitCode: 0, values: secrets });
  }
  const piped = ["--from-json", path("key.age"), "--age-identity-file", "-"];
  expect(await imported(piped, { input: readFileSync(path("key.txt"), "utf8") })).toMatchObject({
    exitCode: 0,
    values: secrets,
  });
  expect(await imported(["--from-json", path("key.age"), ...withKey, "--dry-run"])).toMatchObject({
    exitCode: 0,
    values: {},
  });

  await runProgram(
    ["export", "app/", "--format", "env", ...forKey.slice(0, 2), "--out", path("env.age")],
    settings,
  );
  const variables = await imported(["--from-env", path("env.age"), "--secret", "app", ...withKey]);
  expect(variables.values).toMatchObject({ app: { APP_NUMBERS_N: "1.5" } });
});

test("an encrypted file without its key is refused before anything is written, and no key is shown", async () => {
  await using settings = sqliteSettings();
  await (await settings.open()).create("app", { token: "planted value" });
  const path = (name: string) => join(settings.folder, name);
  const [identity, other] = [await generateX25519Identity(), await generateX25519Identity()];
  writeFileSync(path("other.txt"), other);
  writeFileSync(path("wrong.txt"), "PLANTED-KEY-1\n");
  writeFileSync(path("phrase"), "planted phrase");
  writeFileSync(path("plain.json"), "{}");
  await runProgram(
    ["export", "--age-recipient", await identityToRecipient(identity), "--out", path("key.age")],
    settings,
  );
  await runProgram(["export", "--passphrase-file", path("phrase"), "--out", path("phrase.age")], settings);
  writeFileSync(path("damaged.age"), readFileSync(path("key.age")).subarray(0, -5));
  writeFileSync(path("armored.age"), "-----BEGIN AGE ENCRYPTED FILE-----\nplanted\n");
  writeFileSync(path("key.txt"), identity);

  const refusals: [string[], string][] = [
    [["--from-json", path("key.age")], "--age-identity-file"],
    [["--from-json", path("key.age"), "--age-identity-file", path("other.txt")], "No key of"],
    [["--from-json", path("key.age"), "--age-identity-file", path("wrong.txt")], "AGE-SECRET-KEY-"],
    [["--from-json", path("damaged.age"), "--age-identity-file", path("key.txt")], "damaged"],
    [["--from-json", path("armored.age"), "--age-identity-file", path("key.txt")], "damaged"],
    [["--from-json", path("phrase.age")], "--passphrase-file"],
    [
      ["--from-json", path("phrase.age"), "--passphrase-file", path("wrong.txt")],
      "The passphrase is another",
    ],
    [["--from-json", path("plain.json"), "--age-identity-file", path("key.txt")], "not encrypted"],
    [["--from-vault", "--age-identity-file", path("key.txt")], "--from-json and --from-env"],
    [["--from-json", "-", "--age-identity-file", "-"], "Standard input"],
    [
      ["--from-json", "-", "--age-identity-file", path("key.txt"), "--passphrase-file", path("phrase")],
      "Give one of",
    ],
  ];
  for (const [args, text] of refusals) {
    const { exitCode, stdout, stderr, values } = await imported(args);
    expect({ args, exitCode, stdout, stderr, values }).toMatchObject({
      args,
      exitCode: 64,
      stdout: "",
      stderr: expect.stringContaining(text),
      values: {},
    });
    expect(stderr).not.toMatch(/planted|PLANTED|AGE-SECRET-KEY-1/);
  }
});
