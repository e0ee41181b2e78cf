import { join } from "node:path";
import { findRedisBinary } from "@archestra/test-servers/redis-binary";
import { obtainOrSkip } from "@archestra/test-servers/server-unavailable";
import { assertLocked, copyLockfile } from "./lockfile.ts";
import { copyPackage, type PackageManager, provePlugin } from "./plugin-project.ts";
import type { Tarballs } from "./tarballs.ts";

/** Proves that a stranger's backend on a network passes the suite on a real Redis. Where there is none, it says so. */
export async function proveRedisBackend(
  example: string,
  tarballs: Tarballs,
  workFolder: string,
): Promise<void> {
  const program = await obtainOrSkip("the example on Redis", findRedisBinary);
  if (program === undefined) return;
  for (const manager of ["npm", "pnpm"] satisfies PackageManager[]) {
    const folder = join(workFolder, `redis-${manager}`);
    copyPackage(example, folder);
    const project = { manager, folder, workFolder, env: { REDIS_BINARY: program } };
    copyLockfile(example, project);
    // Its suite runs as npm installs it: the package manager makes no difference to that.
    const scripts = manager === "npm" ? ["check-types", "build", "test"] : ["check-types", "build"];
    await provePlugin(project, tarballs, scripts);
    assertLocked(example, project);
  }
}

/** The bugs are planted one after the other, and each is searched for by a part of the suite. */
const PLANTED_BUGS_LIMIT = 3_600_000;

/** Proves that the suite catches the bugs that are planted in the example. Where there is no Redis, it says so. */
export async function provePlantedBugs(
  example: string,
  tarballs: Tarballs,
  workFolder: string,
): Promise<void> {
  const program = await obtainOrSkip("the bugs planted in the example on Redis", findRedisBinary);
  if (program === undefined) return;
  const folder = join(workFolder, "redis-planted-bugs");
  copyPackage(example, folder);
  const env = { REDIS_BINARY: program };
  await provePlugin({ manager: "npm", folder, workFolder, env, limit: PLANTED_BUGS_LIMIT }, tarballs, [
    "test:planted-bugs",
  ]);
}
