import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import { changeManifest, copyPackage, install, type PluginProject, packPlugin } from "./plugin-project.ts";
import type { Tarballs } from "./tarballs.ts";

const programs = join(import.meta.dirname, "programs");
/** Made for this check. It protects nothing. */
const testIdentity = "AGE-SECRET-KEY-1RQLRZVQS5FJNK4FEW47CZA9P9JVZ92PEK4PRFKQH2NL44QCMUFDSDGV60A";

/** Proves that an application with several plugins gets the one that its environment chooses. */
export function proveSelection(plugin: PluginProject, tarballs: Tarballs): void {
  const { core, db } = tarballs;
  const application = makeApplication(`${plugin.folder}-application`, plugin, {
    [core.manifest.name]: `file:${core.tarball}`,
    [db.manifest.name]: `file:${db.tarball}`,
    kysely: db.manifest.peerDependencies?.kysely ?? "*",
    "secrets-files": `file:${packPlugin(plugin)}`,
  });
  install(application);
  runProgram("select-by-environment.mjs", application);
  runProgram("unknown-contract.mjs", application);
}

/** Proves that a plugin works that brings its own copy of core, as npm installs it when the versions do not agree. */
export function proveTwoCopies(plugin: PluginProject, { core }: Tarballs): void {
  const ownCopy = { ...plugin, folder: `${plugin.folder}-with-core` };
  copyPackage(plugin.folder, ownCopy.folder);
  cpSync(join(plugin.folder, "dist"), join(ownCopy.folder, "dist"), { recursive: true });
  changeManifest(ownCopy.folder, (manifest) => {
    const dependencies = manifest.dependencies as Record<string, string>;
    dependencies[core.manifest.name] = `file:${core.tarball}`;
    delete manifest.peerDependencies;
    delete manifest.devDependencies;
  });
  const application = makeApplication(`${plugin.folder}-two-copies`, plugin, {
    [core.manifest.name]: `file:${core.tarball}`,
    "secrets-files": `file:${packPlugin(ownCopy)}`,
  });
  install(application, "--install-strategy=nested");
  runProgram("two-copies.mjs", application);
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

function runProgram(program: string, application: PluginProject): void {
  const env = {
    ARCHESTRA_SECRETS_MANAGER: "files", // In any case of the letters.
    SECRETS_FILES_FOLDER: join(application.folder, "secrets"),
    SECRETS_FILES_IDENTITY: testIdentity,
  };
  run("node", [program], { ...application, env });
}
