import { mkdtempSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { proveSelection, proveTwoCopies } from "./custom-backend/application.ts";
import { CommandFailed, run } from "./custom-backend/command.ts";
import {
  copyPackage,
  type PackageManager,
  type PluginProject,
  provePlugin,
} from "./custom-backend/plugin-project.ts";
import { packWorkspace } from "./custom-backend/tarballs.ts";
import { type Problem, report } from "./problem.ts";
import { root } from "./workspace.ts";

/** Checks that a stranger's plugin works on the packages as they are published, however they are installed. */
const workFolder = realpathSync(mkdtempSync(join(tmpdir(), "custom-backend-")));
const problems: Problem[] = [];
try {
  const tarballs = packWorkspace(workFolder);
  const [npm, pnpm] = [copyExample("npm"), copyExample("pnpm")];
  for (const plugin of [npm, pnpm]) {
    provePlugin(plugin, tarballs);
    proveSelection(plugin, tarballs);
  }
  proveTwoCopies(npm, tarballs);
  provePlugin(generatePlugin(), tarballs);
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error;
  const todo =
    "Mend what the command tests: examples/custom-backend, tools/new-plugin, or the packages that they are installed with.";
  problems.push({ where: "A plugin as a stranger installs it", what: error.message, todo });
} finally {
  rmSync(workFolder, { recursive: true });
}
report("Custom backend", problems);

/** A new plugin, as its author gets it before the first change. */
function generatePlugin(): PluginProject {
  const folder = join(workFolder, "new-plugin");
  const program = join(root, "tools/new-plugin/new-plugin.ts");
  run("node", [program, "@stranger/secrets-my-store", folder], { folder: workFolder, workFolder });
  return { manager: "npm", folder, workFolder };
}

function copyExample(manager: PackageManager): PluginProject {
  const folder = join(workFolder, manager);
  copyPackage(join(root, "examples/custom-backend"), folder);
  return { manager, folder, workFolder };
}
