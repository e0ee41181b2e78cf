import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageFolders, root } from "../checks/workspace.ts";
import { databasePackage, lowestPackages } from "./workspace-paths.ts";

/** A copy of the package in the temporary folder, which goes when it is disposed of. */
export interface CopiedPackage extends Disposable {
  readonly folder: string;
}

/**
 * Copies secrets-db beside links to all that its tests need, with the lowest Kysely in the place of the workspace's: so
 * that the sources, the tests and the processes that they start all import that one.
 */
export function copyWithLowestKysely(): CopiedPackage {
  const work = realpathSync(mkdtempSync(join(tmpdir(), "lowest-kysely-")));
  const folder = join(work, "packages/secrets-db");
  const dispose = () => rmSync(work, { recursive: true, force: true });
  try {
    for (const name of ["tools", "docs", "node_modules"]) symlinkSync(join(root, name), join(work, name));
    mkdirSync(join(work, "packages"));
    for (const name of packageFolders()) {
      const source = join(root, "packages", name);
      if (source !== databasePackage) symlinkSync(source, join(work, "packages", name));
    }
    cpSync(databasePackage, folder, {
      recursive: true,
      filter: (path) => !["node_modules", ".turbo"].some((name) => path === join(databasePackage, name)),
    });
    linkPackages(join(databasePackage, "node_modules"), join(folder, "node_modules"));
    rmSync(join(folder, "node_modules/kysely"));
    symlinkSync(realpathSync(join(lowestPackages, "kysely")), join(folder, "node_modules/kysely"));
    writeFileSync(
      join(folder, "tsconfig.sources.json"),
      JSON.stringify({ extends: "./tsconfig.json", include: ["src"] }),
    );
    const pglite = join(folder, "test/support/pglite-dialect.ts");
    rmSync(pglite);
    symlinkSync(join(import.meta.dirname, "pglite-dialect.ts"), pglite);
  } catch (error) {
    dispose();
    throw error;
  }
  return { folder, [Symbol.dispose]: dispose };
}

function linkPackages(from: string, to: string): void {
  mkdirSync(to);
  for (const name of readdirSync(from)) {
    if (name.startsWith("@")) linkPackages(join(from, name), join(to, name));
    else if (!name.startsWith(".")) symlinkSync(realpathSync(join(from, name)), join(to, name));
  }
}
