import { execFile } from "node:child_process";
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { createSecretsManager } from "@archestra/secrets-core";
import { afterEach, beforeEach, expect, test } from "vitest";
import { pathOfSecret } from "../src/file-name.ts";
import { filesPlugin } from "../src/index.ts";
import { hideFolder } from "./hide-folder.ts";
import { IDENTITY } from "./identity.ts";

const run = promisify(execFile);
const script = join(import.meta.dirname, "count-up.ts");
const PROCESSES = 4;
const KILLS = 5;
const CHANGES = 25;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "secrets-files-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const environment = () => ({ SECRETS_FILES_FOLDER: folder, SECRETS_FILES_IDENTITY: IDENTITY });
const openManager = (options = {}) =>
  createSecretsManager({ plugins: [filesPlugin()], manager: "FILES", env: environment(), ...options });

test("changes of several processes lose nothing", async () => {
  await using secrets = await openManager();
  await secrets.create("counter", { count: 0 });
  const env = { ...process.env, ...environment() };
  await Promise.all(
    Array.from({ length: PROCESSES }, () => run(process.execPath, [script, String(CHANGES)], { env })),
  );
  expect((await secrets.get("counter"))?.value).toEqual({ count: PROCESSES * CHANGES });
});

test("a process that is killed leaves a whole value, and nothing that outlives the secret", async () => {
  await using secrets = await openManager();
  await secrets.create("counter", { count: 0 });
  const path = pathOfSecret(folder, "counter");
  const env = { ...process.env, ...environment() };
  for (let turn = 0, last = 0; turn < KILLS; turn++) {
    const running = run(process.execPath, [script, "100000"], { env });
    while (Number((await secrets.get("counter"))?.value.count) < last + 3) await sleep(5);
    await sleep(10 * Math.random());
    running.child.kill("SIGKILL");
    await expect(running).rejects.toMatchObject({ signal: "SIGKILL" });
    rmSync(`${path}.lock`, { force: true });
    last = Number((await secrets.get("counter"))?.value.count);
    expect(last).toBeGreaterThan(0);
  }
  writeFileSync(`${path}.draft`, "left behind");
  await secrets.delete("counter");
  expect(readdirSync(folder)).toEqual([]);
});

test("a file that was copied to another name cannot be decrypted", async () => {
  await using secrets = await openManager();
  await secrets.create("mine", { token: "1" });
  copyFileSync(pathOfSecret(folder, "mine"), pathOfSecret(folder, "other"));
  await expect(secrets.get("other")).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
});

test("a change waits for the lock of another process until its caller aborts", async () => {
  // A fifth of the deadline is the time in which a backend can still tell that nothing was changed.
  await using hurried = await openManager({ timeout: 5_000 });
  await using secrets = await openManager();
  writeFileSync(`${pathOfSecret(folder, "a")}.lock`, "");
  await expect(hurried.set("a", { token: "1" })).rejects.toMatchObject({ code: "TIMEOUT" });
  const signal = AbortSignal.timeout(50);
  await expect(secrets.set("a", { token: "1" }, { signal })).rejects.toMatchObject({ code: "ABORTED" });
  expect(await secrets.has("a")).toBe(false);
});

test("an abandoned lock is reported with its path", async () => {
  await using secrets = await openManager();
  const lock = `${pathOfSecret(folder, "a")}.lock`;
  writeFileSync(lock, "");
  utimesSync(lock, 0, 0);
  const refused = { code: "UNAVAILABLE", reason: "ABANDONED_LOCK", message: expect.stringContaining(lock) };
  await expect(secrets.set("a", { token: "1" })).rejects.toMatchObject(refused);
  rmSync(lock);
  await secrets.set("a", { token: "1" });
});

test("a removed folder is UNAVAILABLE, and not the absence of its secrets", async () => {
  await using secrets = await openManager();
  await secrets.create("a", { token: "1" });
  const putBack = hideFolder(folder);
  await expect(secrets.has("a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  putBack();
  expect(await secrets.has("a")).toBe(true);
});

// Root may do everything.
test.skipIf(process.getuid?.() === 0)(
  "a folder without the permission to read or to write is PERMISSION_DENIED",
  async () => {
    await using secrets = await openManager();
    await secrets.create("a", { token: "1" });
    chmodSync(folder, 0);
    for (const call of [
      () => secrets.get("a"),
      () => secrets.has("a"),
      () => secrets.set("a", { token: "2" }),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    }
    const problems = [{ code: "PERMISSION_DENIED" }];
    expect(await secrets.check()).toMatchObject({ status: "unavailable", problems });
    chmodSync(folder, 0o500);
    const health = await secrets.check({ count: true });
    expect(health).toMatchObject({ status: "degraded", problems, count: 1 });
    await expect(secrets.set("a", { token: "2" })).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    chmodSync(folder, 0o700);
  },
);
