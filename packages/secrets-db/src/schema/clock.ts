import { type RawBuilder, sql } from "kysely";

/** Now, by the database's clock, in milliseconds since 1970: processes' clocks differ, the database has one. */
export const databaseNow: RawBuilder<number> = sql<number>`CAST(unixepoch('now', 'subsec') * 1000 AS INTEGER)`;
