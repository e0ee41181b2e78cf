import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { PackedPackage } from "./packed-package.ts";
import type { Problem } from "./problem.ts";

/** Checks that what the build takes as entry points, what package.json exports or installs as a program, and what was built are the same. */
export async function checkEntryPoints({ source, manifest, files }: PackedPackage): Promise<Problem[]> {
  const build = (await import(pathToFileURL(join(source, "tsup.config.ts")).href)) as {
    default: { entry: string[] };
  };
  const built = build.default.entry.map((path) => path.replace(/^src\//, "./dist/").replace(/\.ts$/, ".js"));
  const targets = Object.values(manifest.exports ?? {}).filter((target) => typeof target === "object");
  const programs = Object.values((manifest.bin ?? {}) as Readonly<Record<string, string>>);
  const exported = [...targets.map((target) => target.default as string), ...programs];
  const where = manifest.name;
  return [
    ...without(exported, built).map((path) => ({
      where,
      what: `exports ${path}, which the build has no entry for`,
      todo: "Add its source to the entries in tsup.config.ts, or remove the export.",
    })),
    ...without(built, exported).map((path) => ({
      where,
      what: `builds the entry ${path}, which package.json does not export`,
      todo: "Export it, or remove the entry from tsup.config.ts.",
    })),
    ...without(
      targets.flatMap((target) => Object.values(target)),
      files.map((file) => `./${file}`),
    ).map((path) => ({
      where,
      what: `exports ${path}, which is not in the tarball`,
      todo: 'Build first (pnpm build), then see "files" in package.json.',
    })),
  ];
}

function without(paths: readonly string[], others: readonly string[]): string[] {
  return paths.filter((path) => !others.includes(path));
}
