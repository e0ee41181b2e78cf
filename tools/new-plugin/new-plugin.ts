import { relative, resolve } from "node:path";
import { generatePlugin } from "./generate-plugin.ts";
import { pluginNames } from "./plugin-names.ts";

/** `pnpm new-plugin <name> [folder]`: makes the package of a plugin that starts with all its tests green. */
const [name, target] = process.argv.slice(2);
if (name === undefined) {
  console.error("Usage: npx --yes pnpm@12 new-plugin <name of the package> [folder]");
  process.exitCode = 1;
} else {
  try {
    const names = pluginNames(name);
    // pnpm runs scripts in the root folder; INIT_CWD is where the command was given.
    const folder = resolve(process.env.INIT_CWD ?? ".", target ?? (name.split("/").at(-1) as string));
    generatePlugin(names, folder);
    console.log(
      `The plugin ${names.upper} is in ${relative(process.cwd(), folder) || folder}. Next: npm install, npm test.`,
    );
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
