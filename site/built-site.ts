import { join } from "node:path";

/** The folder into which the site is built. */
export const builtSite = join(import.meta.dirname, "dist");
