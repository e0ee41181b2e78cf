import type { PGlite } from "@electric-sql/pglite";
import { type Dialect, PGliteDialect } from "kysely";

/** PGlite for the Kysely of the workspace. tools/lowest-versions replaces this file, since older ones have no PGlite. */
export function pgliteDialect(pglite: PGlite): Dialect {
  return new PGliteDialect({ pglite });
}
