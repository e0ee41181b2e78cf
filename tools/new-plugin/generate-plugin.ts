import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { filesUnder } from "../checks/files-under.ts";
import { root } from "../checks/workspace.ts";
import { type PluginNames, renamed } from "./plugin-names.ts";

const template = join(import.meta.dirname, "template");
const example = join(root, "examples/custom-backend");

/**
 * Writes the package of a new plugin: code from the template, and everything around it from examples/custom-backend.
 *
 * @param folder must not be there, or be empty
 */
export function generatePlugin(names: PluginNames, folder: string): void {
  if (existsSync(folder) && readdirSync(folder).length > 0) throw new TypeError(`${folder} is not empty.`);
  for (const file of filesUnder(template)) {
    const target = join(folder, renamed(file, names));
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, renamed(readFileSync(join(template, file), "utf8"), names));
  }
  for (const file of [".gitignore", "tsconfig.json", "tsconfig.build.json"]) {
    copyFileSync(join(example, file), join(folder, file));
  }
  writeFileSync(join(folder, "package.json"), manifestOf(names));
}

/** The example's package.json without what is its own. */
function manifestOf({ packageName, upper }: PluginNames): string {
  const { dependencies: _, ...manifest } = JSON.parse(readFileSync(join(example, "package.json"), "utf8"));
  const own = {
    name: packageName,
    version: "0.0.0",
    description: `The plugin ${upper} of @archestra/secrets-core.`,
    keywords: ["archestra", "secrets-manager"],
  };
  return `${JSON.stringify({ ...manifest, ...own }, undefined, 2)}\n`;
}
