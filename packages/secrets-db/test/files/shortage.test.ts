import { execFileSync, spawnSync } from "node:child_process";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { failure, failureCode } from "../support/failure.ts";
import { fileEnvironment, makeDatabase, openManager } from "../support/open-manager.ts";
import { query } from "../support/raw-database.ts";
import { scratchFile, scratchFolder } from "../support/scratch-folder.ts";

const NOT_PERMITTED = "this user is not permitted to mount a file system";

/** A small file system in memory; undefined where that is not permitted. */
function smallFileSystem(options: string): string | undefined {
  const folder = scratchFolder();
  if (spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", folder]).status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", ["--lazy", folder]));
  return folder;
}

/** Writes until nothing more fits. */
function fill(folder: string): string {
  const file = join(folder, "filling");
  spawnSync("dd", ["if=/dev/zero", `of=${file}`, "bs=4096"]);
  return file;
}

/** Makes files until there are no inodes left, and gives their number. */
function takeInodes(folder: string): void {
  try {
    for (let index = 0; ; index++) writeFileSync(join(folder, `inode-${index}`), "");
  } catch {
    // There are no more.
  }
}

test("a change on a full disk is UNAVAILABLE with its reason, reads go on, and it works again with space", async ({
  skip,
}) => {
  const folder = smallFileSystem("size=2m");
  if (folder === undefined) return skip(NOT_PERMITTED);
  const file = join(folder, "secrets.db");
  const manager = await openManager(file);
  await manager.create("a", { b: "c" });
  const filling = fill(folder);
  const error = await failure(
    (async () => {
      for (let index = 0; index < 50; index++) {
        await manager.set(`n/${index}`, { filling: "x".repeat(100_000) });
      }
    })(),
  );
  expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "DISK_FULL", retryable: true });
  expect(error.message).toContain(folder);
  expect((await manager.get("a"))?.value).toEqual({ b: "c" });
  rmSync(filling);
  await manager.set("a", { b: "d" });
  expect(query(file, "PRAGMA integrity_check")).toEqual([{ integrity_check: "ok" }]);
});

test("a start on a full disk names it, for a new database and for one that is there", async ({ skip }) => {
  const folder = smallFileSystem("size=2m");
  if (folder === undefined) return skip(NOT_PERMITTED);
  const file = join(folder, "secrets.db");
  await makeDatabase(file);
  fill(folder);
  for (const path of [file, join(folder, "new.db")]) {
    const code = await failureCode(
      openManager(path).then((manager) => manager.set("a", { filling: "x".repeat(10_000) })),
    );
    expect(code).toBe("UNAVAILABLE DISK_FULL");
  }
});

test("a start without inodes names them, for a new database and for one that is there", async ({ skip }) => {
  const folder = smallFileSystem("size=8m,nr_inodes=20");
  if (folder === undefined) return skip(NOT_PERMITTED);
  const file = join(folder, "secrets.db");
  await makeDatabase(file);
  takeInodes(folder);
  for (const path of [file, join(folder, "new.db")]) {
    const error = await failure(openManager(path));
    expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "NO_INODES", retryable: true });
    expect(error.message).toContain("df -i");
  }
});

test.each([0, 1, 2])("a start with %i file descriptors left names them, and works again later", (left) => {
  const program = fileURLToPath(new URL("../processes/starved.ts", import.meta.url));
  const command = `ulimit -n 200; exec "$0" --disable-warning=ExperimentalWarning "$1" ${left}`;
  const output = execFileSync("sh", ["-c", command, process.execPath, program], {
    encoding: "utf8",
    env: { ...process.env, ...fileEnvironment(scratchFile()) },
  });
  expect(JSON.parse(output)).toBe("UNAVAILABLE NO_DESCRIPTORS");
});
