import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { PackedPackage } from "../packed-package.ts";
import { run } from "./command.ts";
import { changeManifest, copyPackage, install, type PluginProject, packProject } from "./plugin-project.ts";
import type { Tarballs } from "./tarballs.ts";

const programs = join(import.meta.dirname, "programs");
/** Made for this check. It protects nothing. */
const testIdentity = "AGE-SECRET-KEY-1RQLRZVQS5FJNK4FEW47CZA9P9JVZ92PEK4PRFKQH2NL44QCMUFDSDGV60A";

/** Proves that an application with several plugins gets the one that its environment chooses. */
export async function proveSelection(plugin: PluginProject, tarballs: Tarballs): Promise<void> {
  const { core, db } = tarballs;
  const application = makeApplication(`${plugin.folder}-application`, plugin, {
    [core.manifest.name]: `file:${core.tarball}`,
    [db.manifest.name]: `file:${db.tarball}`,
    kysely: db.manifest.peerDependencies?.kysely ?? "*",
    "secrets-files": `file:${await packProject(plugin)}`,
  });
  await install(application);
  await runProgram("select-by-environment.mjs", application);
  await runProgram("unknown-contract.mjs", application);
  cpSync(join(plugin.folder, "test/select.ts"), join(application.folder, "select.ts"));
  await runProgram("select.ts", application);
}

/** Proves that a plugin works with a copy of core of its own: what npm installs when two versions are asked for. */
export async function proveTwoCopies(plugin: PluginProject, { core }: Tarballs): Promise<void> {
  const ownCopy = { ...plugin, folder: `${plugin.folder}-with-core` };
  copyPackage(plugin.folder, ownCopy.folder);
  cpSync(join(plugin.folder, "dist"), join(ownCopy.folder, "dist"), { recursive: true });
  const otherCore = await packOtherVersion(core, plugin);
  changeManifest(ownCopy.folder, (manifest) => {
    const dependencies = manifest.dependencies as Record<string, string>;
    dependencies[core.manifest.name] = `file:${otherCore}`;
    delete manifest.peerDependencies;
    delete manifest.devDependencies;
  });
  const application = makeApplication(`${plugin.folder}-two-copies`, plugin, {
    [core.manifest.name]: `file:${core.tarball}`,
    "secrets-files": `file:${await packProject(ownCopy)}`,
  });
  await install(application);
  await runProgram("two-copies.mjs", application);
}

async function packOtherVersion(core: PackedPackage, plugin: PluginProject): Promise<string> {
  const other = { ...plugin, folder: join(plugin.workFolder, "other-core") };
  cpSync(core.folder, other.folder, { recursive: true });
  changeManifest(other.folder, (manifest) => {
    manifest.version = "0.0.1";
  });
  return packProject(other);
}

function makeApplication(
  folder: string,
  { manager, workFolder }: PluginProject,
  dependencies: Readonly<Record<string, string>>,
): PluginProject {
  mkdirSync(folder);
  const manifest = { name: "application", version: "0.0.0", private: true, type: "module", dependencies };
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest, undefined, 2));
  cpSync(programs, folder, { recursive: true });
  return { manager, folder, workFolder };
}

async function runProgram(program: string, application: PluginProject): Promise<void> {
  const env = {
    ARCHESTRA_SECRETS_MANAGER: "files", // In any case of the letters.
    SECRETS_FILES_FOLDER: join(application.folder, "secrets"),
    SECRETS_FILES_IDENTITY: testIdentity,
  };
  await run("node", [program], { ...application, env });
}
