import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { makeDatabase, openManager } from "../support/open-manager.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

/** A database file of a volume that is mounted alone, as into a container; undefined where that is not permitted. */
async function mountedFile(): Promise<string | undefined> {
  const folder = scratchFolder();
  const volume = join(folder, "volume");
  mkdirSync(volume);
  await makeDatabase(join(volume, "secrets.db"));
  const file = join(folder, "with a space.db");
  writeFileSync(file, "");
  if (spawnSync("mount", ["--bind", join(volume, "secrets.db"), file]).status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", [file]));
  return file;
}

test("a start warns of a database file that is mounted alone, also through a link to it", async ({
  skip,
}) => {
  const file = await mountedFile();
  if (file === undefined) return skip("this user is not permitted to mount a file");
  const link = join(scratchFolder(), "link.db");
  symlinkSync(file, link);
  for (const path of [file, link]) {
    const logger = recordedLogger();
    const manager = await openManager(path, {}, { logger });
    await manager.close();
    expect(logger.codes).toEqual(["ARCHESTRA_SECRETS_DATABASE_FILE_MOUNTED"]);
    expect(logger.warnings[0]?.message).toContain("Mount the folder");
  }
});

test("strict mode refuses a database file that is mounted alone, and opens nothing", async ({ skip }) => {
  const file = await mountedFile();
  if (file === undefined) return skip("this user is not permitted to mount a file");
  const error = await failure(openManager(file, { ARCHESTRA_SECRETS_STRICT: "true" }));
  expect(error).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "FILE_MOUNTED" });
  expect(error.message).toContain(file);
  expect(existsSync(`${file}-wal`)).toBe(false);
});

test("a start does not warn of a folder that is mounted", async ({ skip }) => {
  const folder = scratchFolder();
  const [volume, mount] = [join(folder, "volume"), join(folder, "mount")];
  for (const path of [volume, mount]) mkdirSync(path);
  if (spawnSync("mount", ["--bind", volume, mount]).status !== 0) {
    return skip("this user is not permitted to mount a folder");
  }
  onTestFinished(() => void spawnSync("umount", [mount]));
  const logger = recordedLogger();
  const manager = await openManager(
    join(mount, "secrets.db"),
    { ARCHESTRA_SECRETS_STRICT: "true" },
    { logger },
  );
  await manager.close();
  expect(logger.codes).toEqual([]);
});
