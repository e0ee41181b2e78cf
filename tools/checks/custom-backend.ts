import { basename, join } from "node:path";
import { proveNewerCore, proveSelection, proveTwoCopies } from "./custom-backend/application.ts";
import { proveAuthMethod } from "./custom-backend/auth-method.ts";
import { CommandFailed, run } from "./custom-backend/command.ts";
import { assertLocked, copyLockfile, writeLockfile } from "./custom-backend/lockfile.ts";
import {
  copyPackage,
  type PackageManager,
  type PluginProject,
  provePlugin,
} from "./custom-backend/plugin-project.ts";
import { proveRedisBackend } from "./custom-backend/redis-backend.ts";
import {
  type CoreVersions,
  packCoreVersions,
  packWorkspace,
  type Tarballs,
} from "./custom-backend/tarballs.ts";
import { type Problem, report } from "./problem.ts";
import { openWorkFolder } from "./work-folder.ts";
import { root } from "./workspace.ts";

/** Checks that a stranger's plugin works on the packages as they are published, however they are installed. */
const example = join(root, "examples/custom-backend");
const redisExample = join(root, "examples/redis-backend");
const work = openWorkFolder("custom-backend");
const workFolder = work.path;
const problems: Problem[] = [];
try {
  if (process.argv.includes("--write-lockfiles")) await writeLockfiles();
  const tarballs = packWorkspace(workFolder);
  const versions = await packCoreVersions(tarballs, workFolder);
  // At the same time: the suites mostly wait for the disk.
  const endings = await Promise.allSettled([
    proveWithNpm(tarballs, versions),
    proveWithPnpm(tarballs, versions),
  ]);
  endings.push(...(await Promise.allSettled([proveAuthMethod(tarballs, workFolder)])));
  endings.push(...(await Promise.allSettled([proveRedisBackend(redisExample, tarballs, workFolder)])));
  for (const ending of endings) if (ending.status === "rejected") problems.push(problemOf(ending.reason));
} finally {
  work.remove();
}
report("Custom backend", problems);

async function proveWithNpm(tarballs: Tarballs, versions: CoreVersions): Promise<void> {
  const plugin = copyExample("npm");
  await provePlugin(plugin, tarballs);
  assertLocked(example, plugin);
  await proveSelection(plugin, tarballs);
  await proveNewerCore(plugin, versions);
  await proveTwoCopies(plugin, versions);
}

async function proveWithPnpm(tarballs: Tarballs, versions: CoreVersions): Promise<void> {
  const plugin = copyExample("pnpm");
  // Its tests run as npm installs it. The new plugin below runs the suites with both test runners as pnpm installs them.
  await provePlugin(plugin, tarballs, ["check-types", "build"]);
  assertLocked(example, plugin);
  await proveSelection(plugin, tarballs);
  await proveNewerCore(plugin, versions);
  await provePlugin(await generatePlugin(), tarballs);
}

/** A new plugin, as its author gets it before the first change. */
async function generatePlugin(): Promise<PluginProject> {
  const folder = join(workFolder, "new-plugin");
  const program = join(root, "tools/new-plugin/new-plugin.ts");
  await run("node", [program, "@stranger/secrets-my-store", folder], { folder: workFolder, workFolder });
  return { manager: "pnpm", folder, workFolder };
}

function copyExample(manager: PackageManager): PluginProject {
  const folder = join(workFolder, manager);
  copyPackage(example, folder);
  const project = { manager, folder, workFolder };
  copyLockfile(example, project);
  return project;
}

async function writeLockfiles(): Promise<void> {
  for (const source of [example, redisExample]) {
    for (const manager of ["npm", "pnpm"] as const) {
      const folder = join(workFolder, `${basename(source)}-${manager}-lockfile`);
      await writeLockfile(source, { manager, folder, workFolder });
    }
  }
}

function problemOf(error: unknown): Problem {
  if (!(error instanceof CommandFailed)) throw error;
  return {
    where: "A plugin as a stranger installs it",
    what: error.message,
    todo: "Mend what the command tests: examples/custom-backend, examples/redis-backend, examples/custom-auth, tools/new-plugin, or the packages that they are installed with.",
  };
}
