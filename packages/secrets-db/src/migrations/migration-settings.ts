import type { OptionsOf } from "@archestra/secrets-core/plugin";
import { dbSettings } from "../settings/db-settings.ts";

const { url, kysely, schema, poolMax, poolIdleSeconds, poolLifetimeSeconds } = dbSettings;

/** The settings of `dbPlugin` that say where the database is. No key is among them: migrations read no secret. */
export const migrationSettings = { url, kysely, schema, poolMax, poolIdleSeconds, poolLifetimeSeconds };

/** What `migrateDatabase` and `pendingMigrations` take: options of `dbPlugin` that say where the database is. */
export type MigrationOptions = OptionsOf<typeof migrationSettings>;
