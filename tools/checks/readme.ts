import { packPackages } from "./consumers/packed-packages.ts";
import { followReadme } from "./consumers/readme-path.ts";
import { CommandFailed } from "./custom-backend/command.ts";
import type { PackageManager } from "./custom-backend/plugin-project.ts";
import { type Problem, report } from "./problem.ts";
import { openWorkFolder } from "./work-folder.ts";

/**
 * Checks that the README works as printed with one package manager on one version of Node: in an empty folder after
 * `npm init -y`, with the packages from tarballs.
 *
 * Usage: node tools/checks/readme.ts [npm | pnpm] [version of Node]. By default: npm, on the Node that runs this.
 */
const [manager = "npm", node, ...rest] = process.argv.slice(2);
if (!isPackageManager(manager) || rest.length > 0) {
  throw new Error("Usage: node tools/checks/readme.ts [npm | pnpm] [version of Node, such as 22.18.0 or 26]");
}
const work = openWorkFolder("readme");
const problems: Problem[] = [];
try {
  await followReadme({ manager, node, packages: packPackages(work.path), workFolder: work.path });
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error;
  problems.push({ where: "README.md", what: error.message, todo: "Correct the packages or the README." });
} finally {
  work.remove();
}
report(`README with ${manager} on Node ${node ?? process.version}`, problems);

function isPackageManager(name: string): name is PackageManager {
  return name === "npm" || name === "pnpm";
}
