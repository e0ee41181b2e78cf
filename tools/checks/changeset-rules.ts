import { parse } from "yaml";
import type { Problem } from "./problem.ts";
import { corePackage, type Manifest } from "./workspace.ts";

export type ReleaseKind = "patch" | "minor" | "major";

/** The kind of release of each package that a changeset names. */
export type Changeset = Readonly<Record<string, ReleaseKind>>;

/** A published package, for the rules of changesets. */
export interface ReleasedPackage {
  readonly manifest: Manifest;
  /** The names of our packages whose code is part of its own. */
  readonly bundles: readonly string[];
}

/** Reads the packages that a changeset names. */
export function parseChangeset(text: string): Changeset {
  const [, head = ""] = /^---\n([\s\S]*?)^---$/m.exec(text) ?? [];
  return (parse(head) as Changeset | null) ?? {};
}

/** The releases that the pending changesets lack, and that `changeset version` would not add, or not as what they are. */
export function missingReleases(
  changesets: readonly Changeset[],
  packages: readonly ReleasedPackage[],
): Problem[] {
  const named = (name: string) => changesets.flatMap((changeset) => changeset[name] ?? []);
  const isMajor = (name: string) => named(name).includes("major");
  return packages.flatMap(({ manifest, bundles }) => {
    const { name } = manifest;
    const where = `.changeset, ${name}`;
    const broken = foundations(manifest).filter(isMajor);
    const bundled = bundles.filter((dependency) => named(dependency).length > 0);
    const problems: Problem[] = [];
    if (broken.length > 0 && !isMajor(name)) {
      problems.push({
        where,
        what: `has no major release, and ${broken.join(", ")} has one: it would be released as a patch that no longer works with the installed ${broken.join(", ")}`,
        todo: `Write a changeset with "${name}": major that says how users upgrade.`,
      });
    }
    if (bundled.length > 0 && named(name).length === 0) {
      problems.push({
        where,
        what: `has no release, and it contains the code of ${bundled.join(", ")}, which has one`,
        todo: `Add "${name}": patch to a changeset.`,
      });
    }
    return problems;
  });
}

/** The packages whose types are part of the API of a package. */
function foundations({ peerDependencies = {}, dependencies = {} }: Manifest): string[] {
  // A program takes plugins, and has core as a dependency.
  return [...Object.keys(peerDependencies), ...(corePackage in dependencies ? [corePackage] : [])];
}
