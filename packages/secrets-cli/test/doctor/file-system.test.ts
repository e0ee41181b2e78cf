import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { bin } from "../support/program.ts";
import { filledDatabase, newDatabase, newSecret, type Variables, withManager } from "./broken-setup.ts";
import { contentOf, runDoctor } from "./run-doctor.ts";

const NOT_PERMITTED = "this user is not permitted to mount a file system";

/** A database with a secret on a small file system in memory. Undefined: mounting is not permitted. */
async function databaseOnSmallDisk(options: string) {
  const { folder } = newDatabase();
  const disk = join(folder, "disk");
  mkdirSync(disk);
  if (spawnSync("mount", ["-t", "tmpfs", "-o", options, "tmpfs", disk]).status !== 0) return undefined;
  onTestFinished(() => void spawnSync("umount", ["--lazy", disk]));
  const env = {
    ARCHESTRA_DATABASE_URL: `sqlite://${join(disk, "secrets.db")}`,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET: newSecret(),
  };
  await withManager(env, (manager) => manager.create("first", { token: "planted" }));
  return { disk, env };
}

async function codesOf(env: Variables) {
  const { exitCode, findings, text } = await runDoctor(env);
  expect(text).not.toContain("planted");
  return { exitCode, codes: findings.map(({ code }) => code), text };
}

test("doctor finds that the disk is nearly full and full, and is healthy with space again", async ({
  skip,
}) => {
  const setup = await databaseOnSmallDisk("size=32m");
  if (setup === undefined) return skip(NOT_PERMITTED);
  const { disk, env } = setup;
  expect(await codesOf(env)).toMatchObject({ exitCode: 0, codes: [] });

  const filling = join(disk, "filling");
  execFileSync("dd", ["if=/dev/zero", `of=${filling}`, "bs=1M", "count=20"], { stdio: "ignore" });
  expect(await codesOf(env)).toMatchObject({ exitCode: 1, codes: ["DISK_NEARLY_FULL"] });

  spawnSync("dd", ["if=/dev/zero", `of=${filling}`, "bs=4096"]);
  const before = contentOf(disk);
  const full = await codesOf(env);
  expect({ exitCode: full.exitCode, codes: full.codes }, full.text).toEqual({
    exitCode: 2,
    codes: ["DISK_FULL"],
  });
  expect(full.text).toContain(disk);
  expect(contentOf(disk)).toEqual(before);

  rmSync(filling);
  expect(await codesOf(env)).toMatchObject({ exitCode: 0, codes: [] });
});

test("doctor finds that the file system has no inodes, and is healthy with some again", async ({ skip }) => {
  const setup = await databaseOnSmallDisk("size=64m,nr_inodes=20");
  if (setup === undefined) return skip(NOT_PERMITTED);
  const { disk, env } = setup;
  const taken: string[] = [];
  try {
    for (;;) {
      const file = join(disk, `inode-${taken.length}`);
      writeFileSync(file, "");
      taken.push(file);
    }
  } catch (error) {
    expect(error).toMatchObject({ code: "ENOSPC" });
  }
  expect(await codesOf(env)).toMatchObject({ exitCode: 2, codes: ["NO_INODES"] });
  for (const file of taken) rmSync(file);
  expect(await codesOf(env)).toMatchObject({ exitCode: 0, codes: [] });
});

/*
 * No network file system can run here. So the program has a list of mounts, in a mount namespace of its own, in which the type
 * of the mount is another one. Everything that the program does about it is real.
 */
test("doctor finds that SQLite is on a network file system, which strict mode refuses", async ({ skip }) => {
  if (process.platform !== "linux") return skip("only Linux has a list of mounts");
  const { env, folder } = await filledDatabase();
  const mounts = join(folder, "mounts");
  const script = `mount --bind "$1" /proc/$$/mountinfo && touch "$1.used" && shift && exec "$@"`;
  const doctorOn = (type: string, more: Variables = {}) => {
    const own = readFileSync("/proc/self/mountinfo", "utf8");
    writeFileSync(mounts, `${own}9999 1 0:99 / ${folder} rw,relatime - ${type} server:/export rw\n`);
    const args = ["--mount", "sh", "-c", script, "sh", mounts, process.execPath, bin, "doctor", "--json"];
    const { stdout, status } = spawnSync("unshare", args, {
      encoding: "utf8",
      env: { PATH: process.env.PATH, ...env, ...more },
    });
    return existsSync(`${mounts}.used`) ? { status, result: JSON.parse(stdout).result } : undefined;
  };
  const local = doctorOn("ext4");
  if (local === undefined) return skip(NOT_PERMITTED);
  expect(local).toMatchObject({ status: 0, result: { findings: [] } });
  for (const type of ["nfs4", "cifs", "9p", "fuse.sshfs", "fuse.glusterfs"]) {
    const degraded = doctorOn(type);
    expect(degraded, type).toMatchObject({
      status: 1,
      result: { findings: [{ code: "NETWORK_FILE_SYSTEM", severity: "degraded" }] },
    });
    expect(degraded?.result.findings[0].message).toContain(`${folder} (${type})`);
  }
  expect(doctorOn("nfs4", { ARCHESTRA_SECRETS_STRICT: "true" })).toMatchObject({
    status: 2,
    result: { findings: [{ code: "NETWORK_FILE_SYSTEM", severity: "broken" }] },
  });
});
