import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.ts";
import { changeManifest, copyPackage, install, type PluginProject, packProject } from "./plugin-project.ts";
import type { CoreVersions, Tarballs } from "./tarballs.ts";

const CORE = "@archestra/secrets-core";
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

/** Proves that a plugin that was built for a minor version of core works with a later one, of which there is one copy. */
export async function proveNewerCore(plugin: PluginProject, versions: CoreVersions): Promise<void> {
  const built = await buildFor(versions.older, plugin, "older-core");
  const application = makeApplication(`${plugin.folder}-newer-core`, plugin, {
    [CORE]: `file:${versions.newer}`,
    "secrets-files": `file:${await packProject(built)}`,
  });
  await install(application);
  await runProgram("newer-core.mjs", application);
}

/** Proves that it works with the older copy of its own beside the application's: what npm installs when two are asked for. */
export async function proveTwoCopies(plugin: PluginProject, versions: CoreVersions): Promise<void> {
  const built = await buildFor(versions.older, plugin, "own-core");
  changeManifest(built.folder, (manifest) => {
    const dependencies = manifest.dependencies as Record<string, string>;
    dependencies[CORE] = `file:${versions.older}`;
    delete manifest.peerDependencies;
    delete manifest.devDependencies;
  });
  const application = makeApplication(`${plugin.folder}-two-copies`, plugin, {
    [CORE]: `file:${versions.newer}`,
    "secrets-files": `file:${await packProject(built)}`,
  });
  await install(application);
  await runProgram("two-copies.mjs", application);
}

/** Builds a copy of the plugin with one version of core, which its published range then begins at. */
async function buildFor(core: string, plugin: PluginProject, suffix: string): Promise<PluginProject> {
  const project = { ...plugin, folder: `${plugin.folder}-${suffix}` };
  copyPackage(plugin.folder, project.folder);
  changeManifest(project.folder, (manifest) => {
    const { typescript, "@types/node": node } = manifest.devDependencies as Record<string, string>;
    manifest.devDependencies = { [CORE]: `file:${core}`, typescript, "@types/node": node };
    manifest.peerDependencies = { [CORE]: "^1.0.0" };
  });
  await install(project);
  await run(project.manager, ["run", "build"], project);
  return project;
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
