import { cpSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CommandFailed, run } from "./command.ts";
import { changeManifest, copyPackage, type PluginProject } from "./plugin-project.ts";

const names = { npm: "package-lock.json", pnpm: "pnpm-lock.yaml" } as const;

/** Puts the committed lockfile into a copy of the example, for whose package manager it is. */
export function copyLockfile(source: string, { manager, folder }: PluginProject): void {
  cpSync(join(source, names[manager]), join(folder, names[manager]));
}

/**
 * Fails unless an installation has exactly the packages of others that the committed lockfile names, by version and hash.
 * Ours are not in it: they are not published, and a tarball has another hash each time that it is packed.
 *
 * @throws CommandFailed with what differs
 */
export function assertLocked(source: string, { manager, folder }: PluginProject): void {
  const committed = lockedPackages(manager, join(source, names[manager]));
  const installed = lockedPackages(manager, join(folder, names[manager]));
  const different = [
    ...[...committed].filter((locked) => !installed.has(locked)),
    ...[...installed].filter((locked) => !committed.has(locked)),
  ];
  if (different.length === 0 && committed.size > 0) return;
  throw new CommandFailed(
    `${manager}: the packages that were installed are not those of ${names[manager]}: ${different.join(", ")}\nRun \`node tools/checks/custom-backend.ts --write-lockfiles\` and read the difference.`,
  );
}

/** Resolves other packages again, within the limits of the committed lockfile. It contains no registry's host. */
export async function writeLockfile(source: string, project: PluginProject): Promise<void> {
  const { manager, folder } = project;
  copyPackage(source, folder);
  if (existsSync(join(source, names[manager]))) copyLockfile(source, project);
  changeManifest(folder, (manifest) => {
    delete manifest.peerDependencies;
    const development = Object.entries(manifest.devDependencies as Record<string, string>);
    manifest.devDependencies = Object.fromEntries(development.filter(([name]) => !isOurs(name)));
  });
  const options = {
    npm: ["--package-lock-only", "--omit-lockfile-registry-resolved", "--no-audit", "--no-fund"],
    pnpm: ["--lockfile-only", "--no-frozen-lockfile"],
  };
  await run(manager, ["install", ...options[manager]], project);
  cpSync(join(folder, names[manager]), join(source, names[manager]));
}

/** Each as `name@version hash`. */
function lockedPackages(manager: PluginProject["manager"], file: string): Set<string> {
  const text = readFileSync(file, "utf8");
  const packages = manager === "npm" ? ofNpm(text) : ofPnpm(text);
  return new Set(packages.filter((locked) => !isOurs(locked)));
}

function ofNpm(text: string): string[] {
  const { packages } = JSON.parse(text) as {
    packages: Record<string, { version?: string; integrity?: string }>;
  };
  return Object.entries(packages).flatMap(([path, { version, integrity }]) =>
    path === "" ? [] : `${path.split("node_modules/").at(-1)}@${version} ${integrity}`,
  );
}

function ofPnpm(text: string): string[] {
  const entries = text.matchAll(
    /^ {2}'?([^\s':]+@[^\s']+?)'?:\n {4}resolution: \{(?:.*?)integrity: ([^,}]+)/gm,
  );
  return Array.from(entries, ([, name, integrity]) => `${name} ${integrity}`);
}

function isOurs(name: string): boolean {
  return name.startsWith("@archestra/");
}
