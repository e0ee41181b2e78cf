import { join } from "node:path";
import { root } from "../checks/workspace.ts";

/** The folder of the package whose suite runs. */
export const databasePackage = join(root, "packages/secrets-db");

/** Where the lowest versions are installed. */
export const lowestPackages = join(import.meta.dirname, "node_modules");

/** The program of the lowest Node. */
export const lowestNode = join(lowestPackages, ".bin/node");
