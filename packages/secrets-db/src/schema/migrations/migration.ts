import type { Kysely } from "kysely";
import type { Dialect } from "../../database/dialect.ts";

/** Changes the tables, within a transaction. Within a major version it only adds, so that older replicas work on. */
export type Migration = (db: Kysely<unknown>, dialect: Dialect) => Promise<void>;
