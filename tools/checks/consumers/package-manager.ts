import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { changeManifest } from "../custom-backend/plugin-project.ts";
import type { PackedPackages } from "./packed-packages.ts";

/** How an application is installed. Yarn stands here once with each of its linkers. */
export interface PackageManager {
  readonly name: "npm" | "pnpm" | "yarn-pnp" | "yarn-node-modules" | "bun";
  /** The package of npm that brings it. Absent: it is on the path. */
  readonly broughtBy?: string;
  /** Settings of its own, as variables. */
  readonly env?: Readonly<Record<string, string>>;
  /** Its files of settings, without which it takes the folder for a part of another project. */
  readonly files?: readonly string[];
  /** What people type instead of `npm install` with the names of packages. */
  readonly add: string;
  /** Installs what package.json contains. */
  readonly install: readonly string[];
  /** What starts Node so that it finds the installed packages. */
  readonly node: string;
  /** Starts the program of an installed package. */
  readonly execute: readonly string[];
  /** Whether a TypeScript file that Node can start needs another name, because Yarn loads the file instead of Node. */
  readonly needsJavaScript?: boolean;
  /** Lets dependencies of dependencies find what is not published. */
  replace(folder: string, packages: Readonly<Record<string, string>>): void;
}

const yarn = {
  broughtBy: "@yarnpkg/cli-dist@4",
  files: ["yarn.lock"],
  add: "yarn add",
  install: ["yarn", "install"],
  execute: ["yarn", "run"],
  replace: (folder: string, packages: Readonly<Record<string, string>>) =>
    replaceInManifest(folder, "resolutions", packages),
};

/** With `CI` set, Yarn installs only what its lockfile contains. */
const yarnSettings = { YARN_ENABLE_TELEMETRY: "0", YARN_ENABLE_IMMUTABLE_INSTALLS: "false" };

export const packageManagers: readonly PackageManager[] = [
  {
    name: "npm",
    add: "npm install",
    install: ["npm", "install", "--no-audit", "--no-fund"],
    node: "node",
    execute: ["npx", "--no", "--"],
    replace: (folder, packages) => replaceInManifest(folder, "overrides", packages),
  },
  {
    name: "pnpm",
    add: "pnpm add",
    install: ["pnpm", "install", "--no-frozen-lockfile"],
    node: "node",
    execute: ["pnpm", "exec"],
    replace: (folder, packages) =>
      writeFileSync(join(folder, "pnpm-workspace.yaml"), `overrides: ${JSON.stringify(packages)}\n`),
  },
  {
    ...yarn,
    name: "yarn-pnp",
    env: { ...yarnSettings, YARN_NODE_LINKER: "pnp" },
    node: "yarn node",
    needsJavaScript: true,
  },
  {
    ...yarn,
    name: "yarn-node-modules",
    env: { ...yarnSettings, YARN_NODE_LINKER: "node-modules" },
    node: "node",
  },
  {
    name: "bun",
    broughtBy: "bun@1",
    add: "bun add",
    install: ["bun", "install"],
    node: "node",
    execute: ["bun", "run"],
    replace: (folder, packages) => replaceInManifest(folder, "overrides", packages),
  },
];

/** The specifier of each tarball, by the package's name. */
export function specifiersOf(packages: PackedPackages): Record<string, string> {
  return Object.fromEntries(Array.from(packages, ([name, tarball]) => [name, `file:${tarball}`]));
}

function replaceInManifest(folder: string, field: string, packages: Readonly<Record<string, string>>): void {
  changeManifest(folder, (manifest) => {
    manifest[field] = packages;
  });
}
