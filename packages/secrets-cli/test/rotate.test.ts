import { randomBytes } from "node:crypto";
import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

const CURRENT = "ARCHESTRA_SECRETS_ENCRYPTION_SECRET";

test("rotate leads from the old key to the new one by what status says, and shows no secret", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  for (const name of ["a", "b"]) await manager.create(name, { token: "planted-value" });
  const newSecret = randomBytes(32).toString("base64");
  const env = { ...settings.env, [CURRENT]: newSecret, [`${CURRENT}_PREVIOUS`]: settings.env[CURRENT] ?? "" };
  const outputs: string[] = [];
  const run = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await runProgram(args, { env });
    outputs.push(stdout, stderr);
    return { exitCode, stdout, result: args.includes("--json") ? JSON.parse(stdout).result : undefined };
  };

  const { result: before } = await run("rotate", "status", "--json");
  expect(before).toMatchObject({ rows: 2, unencrypted: 0, keyProven: true, next: { action: "start" } });
  const [oldKey] = before.keys;
  expect(oldKey).toMatchObject({ rows: 2, current: false, inRing: true });
  expect(await run("rotate", "verify", "--json")).toMatchObject({
    exitCode: 1,
    result: { verified: false, rows: 2, states: { "old-key": 2 } },
  });
  expect(await run("rotate", "sweep", "--dry-run", "--json")).toMatchObject({
    exitCode: 0,
    result: { reencrypted: 2, dryRun: true, done: false },
  });
  expect(await run("rotate", "sweep", "--json")).toMatchObject({
    exitCode: 0,
    result: { reencrypted: 2, failed: 0, done: true },
  });
  expect((await run("rotate", "verify")).stdout).toBe(
    "All 2 secrets can be decrypted under the current key.\n",
  );

  const { stdout } = await run("rotate", "status");
  const command = `archestra-secrets rotate retire -- ${oldKey.keyId}`;
  expect(stdout).toContain(`  ${command}\n`);
  expect(await run("rotate", "retire", "--", oldKey.keyId)).toMatchObject({ exitCode: 64 });
  expect(await run("rotate", "retire", "--yes", "--", oldKey.keyId)).toMatchObject({ exitCode: 0 });
  expect(await run("rotate", "retire", "--yes", "none")).toMatchObject({ exitCode: 1 });
  const { result: after } = await run("rotate", "status", "--json");
  expect(after.next).toMatchObject({ action: "remove-previous-key", keyId: oldKey.keyId });
  for (const planted of ["planted-value", newSecret, settings.env[CURRENT]]) {
    expect(outputs.join("")).not.toContain(planted);
  }
});
