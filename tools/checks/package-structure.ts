import { existsSync } from "node:fs";
import { join } from "node:path";
import { checkContractSize } from "./contract-size.ts";
import { checkLayers } from "./layers.ts";
import { checkManifest } from "./manifest-rules.ts";
import { checkPackageFiles } from "./package-files.ts";
import { checkPlainEnglish } from "./plain-english.ts";
import { report } from "./problem.ts";
import { checkQuickTestServers } from "./quick-test-servers.ts";
import { checkSources } from "./source-rules.ts";
import { checkToolImports } from "./tool-imports.ts";
import { packageFolders, readManifest, root } from "./workspace.ts";

/** Checks that all packages are built alike: the same files, the same package.json, the same rules of source files. */
const problems = packageFolders().flatMap((folder) => {
  const path = join(root, "packages", folder);
  const manifest = existsSync(join(path, "package.json")) ? checkManifest(folder, readManifest(path)) : [];
  return [...checkPackageFiles(folder), ...checkQuickTestServers(folder), ...manifest];
});

report("Structure of the packages", [
  ...problems,
  ...checkSources(),
  ...checkLayers(),
  ...checkContractSize(),
  ...checkPlainEnglish(),
  ...checkToolImports(),
]);
