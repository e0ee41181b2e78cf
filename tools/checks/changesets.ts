import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundledPackages } from "./bundled-packages.ts";
import { missingReleases, parseChangeset, type ReleasedPackage } from "./changeset-rules.ts";
import { type Problem, report } from "./problem.ts";
import { packageFolders, readManifest, root } from "./workspace.ts";

const base = "origin/main";

/**
 * Checks that a change of a package's source or of its API report comes with a changeset for its users, and that the pending
 * changesets release every package that has to be released with another one.
 */
const check = "Changesets";
const incomplete = missingReleases(pendingChangesets(), await releasedPackages());
const since = mergeBase();
if (since === undefined) {
  console.log(
    `${check}: nothing to compare with, since git has no common ancestor with ${base}; not checked`,
  );
  report("Releases of the changesets", incomplete);
} else {
  report(check, [...incomplete, ...unannouncedChanges(changedFiles(since))]);
}

function pendingChangesets() {
  const folder = join(root, ".changeset");
  return readdirSync(folder)
    .filter((file) => file.endsWith(".md") && file !== "README.md")
    .map((file) => parseChangeset(readFileSync(join(folder, file), "utf8")));
}

function releasedPackages(): Promise<ReleasedPackage[]> {
  return Promise.all(
    packageFolders().map(async (folder) => {
      const path = join(root, "packages", folder);
      const bundles = (await bundledPackages(path)).filter((name) => name.startsWith("@archestra/"));
      return { manifest: readManifest(path), bundles };
    }),
  );
}

function mergeBase(): string | undefined {
  try {
    return git("merge-base", base, "HEAD").trim();
  } catch {
    return undefined;
  }
}

function changedFiles(since: string): string[] {
  return [
    ...lines(git("diff", "--name-only", since)),
    ...lines(git("ls-files", "--others", "--exclude-standard")),
  ];
}

function unannouncedChanges(changed: readonly string[]): Problem[] {
  // Only those of this change: a changeset that is on the main branch already announces something else.
  const changesets = changed
    .filter((path) => /^\.changeset\/[^/]+\.md$/.test(path) && existsSync(join(root, path)))
    .map((path) => readFileSync(join(root, path), "utf8"));

  return packageFolders().flatMap((folder) => {
    const where = `packages/${folder}`;
    const { name } = readManifest(join(root, where));
    // The report first, since it is what users notice. It can change without the source, as types of other packages do.
    const example = ["api", "src"]
      .map((part) => changed.find((path) => path.startsWith(`${where}/${part}/`)))
      .find((path) => path !== undefined);
    const announced = changesets.some((text) => new RegExp(`^['"]?${name}['"]?:`, "m").test(text));
    if (example === undefined || announced) return [];
    return {
      where,
      what: `changed (${example}), and no changeset of this change names ${name}`,
      todo: "Run `npx --yes pnpm@12 changeset` and say in the users' words what changed for them.",
    };
  });
}

function git(...command: string[]): string {
  return execFileSync("git", command, { cwd: root, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "");
}
