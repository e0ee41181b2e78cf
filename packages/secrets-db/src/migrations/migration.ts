import type { Kysely } from "kysely";
import type { Dialect } from "../database/dialect.ts";
import type { Statement } from "../database/session.ts";
import type { SecretsSchema } from "../schema/tables.ts";

/**
 * The statements that change the tables, in their order, within a transaction. Within a major version they only add, so that
 * older replicas work on.
 */
export type Migration = (db: Kysely<SecretsSchema>, dialect: Dialect) => Statement<unknown>[];
