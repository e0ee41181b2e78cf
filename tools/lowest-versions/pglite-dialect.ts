import type { PGlite } from "@electric-sql/pglite";
import type { Dialect } from "kysely";
import { PGliteDialect } from "kysely-pglite-dialect";

/** PGlite for the lowest Kysely, as an application has it there: from a package of its own. */
export function pgliteDialect(pglite: PGlite): Dialect {
  return new PGliteDialect(pglite);
}
