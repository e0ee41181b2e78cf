import { execFileSync } from "node:child_process";
import { type Problem, report } from "./problem.ts";
import { root } from "./workspace.ts";

/** Checks that every package that users install with ours has a license that they can accept without asking. */
const allowed = new Set(["MIT", "ISC", "0BSD", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"]);

/** What pnpm reports of one package. */
interface LicensedPackage {
  readonly name: string;
  readonly versions: readonly string[];
}

const listed = execFileSync("pnpm", ["--filter", "./packages/*", "licenses", "list", "--prod", "--json"], {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 64 * 1024 * 1024,
});
const byLicense = Object.entries(JSON.parse(listed) as Record<string, readonly LicensedPackage[]>);
const count = byLicense.reduce((sum, [, packages]) => sum + packages.length, 0);
if (count === 0) throw new Error("pnpm lists no runtime dependency. Run the installation first.");

report(`Licenses of ${count} runtime dependencies`, byLicense.flatMap(refused));

function refused([license, packages]: readonly [string, readonly LicensedPackage[]]): Problem[] {
  if (isAllowed(license)) return [];
  return packages.map(({ name, versions }) => ({
    where: `${name} ${versions.join(", ")}`,
    what: `has the license ${license}`,
    todo: "Use another package, or decide on the license and add it in tools/checks/licenses.ts and docs/dependencies.md.",
  }));
}

/** A choice of licenses is allowed when one of them is, and a combination when all of them are. */
function isAllowed(license: string): boolean {
  const choices = license.replace(/^\((.*)\)$/, "$1").split(" OR ");
  return choices.some((choice) => choice.split(" AND ").every((part) => allowed.has(part)));
}
