import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageFolders, readManifest, root } from "../checks/workspace.ts";

/** What the docs read of a setting that a plugin declares; core's `Setting` has more. */
export type Setting =
  | {
      readonly type: "variable";
      readonly name: string;
      readonly description: string;
      readonly required?: boolean | undefined;
      readonly requiredUnless?: string | undefined;
      readonly neededFor?: "secrets" | undefined;
      readonly default?: string | undefined;
      readonly secret?: boolean | undefined;
    }
  | {
      readonly type: "slot";
      readonly variable: string;
      readonly default: string;
      readonly description?: string | undefined;
    }
  | { readonly type: "option"; readonly description: string };

/** What the docs read of a plugin's descriptor. */
export interface Plugin {
  readonly settings: Readonly<Record<string, Setting>>;
}

/** The plugins of a built package: what its factories, named `…Plugin` or `…Auth`, return without options. */
export async function pluginsOf(packageName: string): Promise<Plugin[]> {
  const folder = packageFolders().find(
    (name) => readManifest(join(root, "packages", name)).name === packageName,
  );
  if (folder === undefined) throw new Error(`no folder of packages/ holds the package ${packageName}`);
  const entry = pathToFileURL(join(root, "packages", folder, "dist/index.js")).href;
  const exported = (await import(entry)) as Record<string, unknown>;
  const factories = Object.entries(exported).filter(([name]) => /(Plugin|Auth)$/.test(name));
  if (factories.length === 0) throw new Error(`${packageName} exports no function named …Plugin or …Auth`);
  return factories.map(([, factory]) => (factory as () => Plugin)());
}
