import { join } from "node:path";
import type { Problem } from "../checks/problem.ts";
import { readManifest } from "../checks/workspace.ts";
import { databasePackage, lowestPackages } from "./workspace-paths.ts";

/** The lowest versions that are installed here, and where they differ from those that secrets-db states. */
export interface LowestVersions {
  readonly node: string;
  readonly kysely: string;
  readonly problems: readonly Problem[];
}

export function lowestVersions(): LowestVersions {
  const { engines, peerDependencies } = readManifest(databasePackage);
  const stated = {
    node: (engines as Readonly<Record<string, string>>).node ?? "",
    kysely: peerDependencies?.kysely ?? "",
  };
  const installed = { node: installedVersion("node"), kysely: installedVersion("kysely") };
  const problems = (["node", "kysely"] as const)
    .filter((name) => !`${installed[name]}.`.startsWith(`${lowerBound(stated[name])}.`))
    .map((name) => ({
      where: "packages/secrets-db/package.json",
      what: `supports ${name} ${stated[name]}, and the tests of the lowest version run on ${installed[name]}`,
      todo: `State the same lowest version of ${name} in tools/lowest-versions/package.json.`,
    }));
  return { ...installed, problems };
}

function installedVersion(name: string): string {
  return readManifest(join(lowestPackages, name)).version as string;
}

/** `22.18` of `>=22.18 <25`. */
function lowerBound(range: string): string | undefined {
  return /^>=(\S+)/.exec(range)?.[1];
}
