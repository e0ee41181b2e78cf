import { join } from "node:path";
import { bytesOf, findPackage, installedPackages } from "../budgets/installed-packages.ts";
import { bundledPackages } from "../checks/bundled-packages.ts";
import type { Problem } from "../checks/problem.ts";
import { packageFolders, readManifest, root } from "../checks/workspace.ts";

/** What a section about a dependency says, each in a paragraph that begins with it. */
const parts = ["Purpose", "Alternatives", "Maintenance", "Exit"];

/** A package of others that users install with one of ours. */
interface Dependency {
  readonly name: string;
  readonly range: string;
  /** Our packages that depend on it, each with the kind of the dependency. */
  readonly users: readonly string[];
  /** Where it is installed. */
  readonly folder: string;
}

/** The table of all runtime dependencies, with what they cost as the lockfile resolves them. */
export async function dependenciesTable(): Promise<string> {
  const rows = (await runtimeDependencies()).map(({ name, range, users, folder }) => {
    const installed = [...installedPackages(folder).values()];
    const size = installed.reduce((sum, path) => sum + bytesOf(path), 0);
    const { license } = readManifest(folder);
    const cells = [`[\`${name}\`](#${anchorOf(name)})`, `\`${range}\``, users.join(", "), installed.length];
    return `| ${[...cells, `${Math.round(size / 1000)} kB`, license].join(" | ")} |`;
  });
  const head = "| Dependency | Range | Of | Packages | Installed | License |\n|---|---|---|---|---|---|";
  return [head, ...rows].join("\n");
}

/** The dependencies without a written reason, and the reasons without a dependency. */
export async function dependencyReasonProblems(page: string, text: string): Promise<Problem[]> {
  const sections = new Map(
    Array.from(text.matchAll(/^### `([^`]+)`$(.*?)(?=^#|$(?![\s\S]))/gms), ([, name, body]) => [name, body]),
  );
  const names = (await runtimeDependencies()).map(({ name }) => name);
  const unexplained = names.flatMap((name) => {
    const body = sections.get(name) ?? "";
    const missing = parts.filter((part) => !body.includes(`**${part}.** `));
    if (missing.length === 0) return [];
    return {
      where: page,
      what: `does not state ${missing.join(", ").toLowerCase()} of the runtime dependency ${name}`,
      todo: `Write "### \`${name}\`" with a paragraph for each: ${missing.map((part) => `**${part}.**`).join(" ")}`,
    };
  });
  const unknown = [...sections.keys()].filter((name) => !names.includes(name as string));
  return [
    ...unexplained,
    ...unknown.map((name) => ({
      where: page,
      what: `explains ${name}, which no package depends on`,
      todo: "Remove the section.",
    })),
  ];
}

async function runtimeDependencies(): Promise<Dependency[]> {
  const found = new Map<string, { ranges: Set<string>; users: string[]; folder: string }>();
  for (const packageFolder of packageFolders()) {
    const path = join(root, "packages", packageFolder);
    const manifest = readManifest(path);
    const { devDependencies = {} } = manifest;
    // What the build makes a part of the package is installed with it, although package.json does not say so.
    const bundled = (await bundledPackages(path)).flatMap((name) => {
      const range = devDependencies[name];
      return range === undefined ? [] : [[name, range] as const];
    });
    for (const [ranges, kind] of [
      [manifest.dependencies, ""],
      [manifest.optionalDependencies, " (optional)"],
      [manifest.peerDependencies, " (peer)"],
      [Object.fromEntries(bundled), " (bundled)"],
    ] as const) {
      for (const [name, range] of Object.entries(ranges ?? {})) {
        if (/^(?:workspace|catalog):/.test(range) && name.startsWith("@archestra/")) continue;
        const folder = findPackage(path, name);
        if (folder === undefined) throw new Error(`${name} of ${packageFolder} is not installed`);
        const entry = found.get(name) ?? { ranges: new Set(), users: [], folder };
        entry.ranges.add(kind === " (bundled)" ? String(readManifest(folder).version) : range);
        entry.users.push(`\`${packageFolder}\`${isOptionalPeer(manifest, name) ? " (optional peer)" : kind}`);
        found.set(name, entry);
      }
    }
  }
  return [...found]
    .map(([name, { ranges, ...entry }]) => ({ name, range: [...ranges].join("`, `"), ...entry }))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
}

function isOptionalPeer(manifest: { readonly [field: string]: unknown }, name: string): boolean {
  const meta = (manifest.peerDependenciesMeta ?? {}) as Readonly<Record<string, { optional?: boolean }>>;
  const peers = (manifest.peerDependencies ?? {}) as Readonly<Record<string, string>>;
  return name in peers && meta[name]?.optional === true;
}

function anchorOf(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9-]/g, "");
}
