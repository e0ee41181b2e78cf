import { createRequire } from "node:module";
import { isAbsolute, join } from "node:path";
import { pathToFileURL } from "node:url";
import { isPlugin, type Plugin, printableText } from "@archestra/secrets-core/plugin";
import { UsageError } from "../program/usage-error.ts";

/**
 * Imports the plugins of a module that an operator names. Nothing is imported that is not named.
 *
 * The module's default export is a plugin, a list of plugins, or a function that returns one of the two. Without a default
 * export, every exported function whose name ends with `Plugin` or `Auth` is called without arguments.
 *
 * @param specifier a path, which is relative to the current folder, or the name of a package that is installed there
 * @throws UsageError when there is no such module, or no plugin in it
 */
export async function importPlugins(specifier: string): Promise<readonly Plugin[]> {
  const exported = await importModule(specifier);
  const factories = "default" in exported ? [exported.default] : factoriesOf(exported);
  const products = await Promise.all(
    factories.map(async (factory) => (typeof factory === "function" ? await factory() : factory)),
  );
  const plugins: unknown[] = products.flat();
  const found = plugins.filter(isPlugin);
  if (found.length > 0 && found.length === plugins.length) return found;
  throw new UsageError(
    `The module ${printableText(specifier)} of --plugin exports no plugin. Export a plugin, or a function that creates it, as \`default\`.`,
  );
}

function factoriesOf(exported: Readonly<Record<string, unknown>>): unknown[] {
  return Object.entries(exported)
    .filter(([name, value]) => typeof value === "function" && /(Plugin|Auth)$/.test(name))
    .map(([, value]) => value);
}

async function importModule(specifier: string): Promise<Readonly<Record<string, unknown>>> {
  const isPath = isAbsolute(specifier) || /^\.{1,2}[/\\]/.test(specifier);
  const folder = process.cwd();
  try {
    const path = isPath
      ? join(isAbsolute(specifier) ? "" : folder, specifier)
      : createRequire(join(folder, "package.json")).resolve(specifier);
    return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UsageError(
      `The module ${printableText(specifier)} of --plugin cannot be imported (${code ?? (error as Error).name}). Give a path that begins with ./ or the name of a package that is installed in the current folder.`,
    );
  }
}
