import { readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { filesUnder } from "./files-under.ts";
import type { Problem } from "./problem.ts";
import { root } from "./workspace.ts";

/**
 * The folders of each package, from the lowest layer to the highest. A folder imports from the folders before it alone.
 * Files beside the folders are entry points: they import from any folder, and no folder imports from them, except by
 * `import()`, which loads them when they are needed.
 */
const layers: Readonly<Record<string, readonly string[]>> = {
  "secrets-core": [
    "errors",
    "secret",
    "backend",
    "registry",
    "call",
    "store",
    "ownership",
    "memory",
    "manager",
    "migration",
  ],
  "secrets-db": [
    "schema",
    "encryption",
    "database",
    "sqlite",
    "postgres",
    "settings",
    "opening",
    "migrations",
    "rows",
    "keys",
    "sweep",
    "rotation",
    "move",
    "archestra-table",
    "backend",
    "startup",
    "diagnosis",
  ],
  "secrets-vault": [
    "paths",
    "answers",
    "http",
    "auth",
    "settings",
    "session",
    "client",
    "mount",
    "backend",
    "startup",
    "diagnosis",
  ],
};

const staticImport = /(?:^|\n)(?:import|export)\s(?:[\w*{},\s]+\sfrom\s)?"(?<specifier>\.\.?\/[^"]+)"/g;

/** Every import that points from a lower layer to a higher one. */
export function checkLayers(): Problem[] {
  return Object.entries(layers).flatMap(([folder, order]) => {
    const sources = `packages/${folder}/src`;
    return filesUnder(join(root, sources)).flatMap((path) => checkImports(sources, path, order));
  });
}

function checkImports(sources: string, path: string, order: readonly string[]): Problem[] {
  const layer = layerOf(path);
  if (layer === undefined) return [];
  const where = `${sources}/${path}`;
  if (!order.includes(layer)) {
    return [
      {
        where,
        what: `is in the folder ${layer}, which has no place among the layers`,
        todo: "Add the folder to tools/checks/layers.ts, below all folders that import from it.",
      },
    ];
  }
  const text = readFileSync(join(root, where), "utf8");
  return [...text.matchAll(staticImport)].flatMap(({ groups }) => {
    const imported = normalize(join(dirname(path), groups?.specifier ?? ""));
    const importedLayer = layerOf(imported);
    if (importedLayer === layer) return [];
    if (importedLayer !== undefined && order.indexOf(importedLayer) < order.indexOf(layer)) return [];
    return {
      where,
      what: `imports ${imported}, and ${layer} is below ${importedLayer ?? "the entry points"}`,
      todo: `Move what is imported to ${layer} or below it, or the importing code above it. The order is ${order.join(", ")}.`,
    };
  });
}

/** The first folder of a path. Undefined: the file is beside the folders. */
function layerOf(path: string): string | undefined {
  const separator = path.indexOf("/");
  return separator === -1 ? undefined : path.slice(0, separator);
}
