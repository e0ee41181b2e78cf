import type { PluginContext } from "@archestra/secrets-core/plugin";
import { missingSecret } from "../keys/missing-secret.ts";
import { type DbSettings, openConfiguredDatabase } from "../opening/open-configured-database.ts";
import { openKeyRing } from "../keys/open-key-ring.ts";
import { runMigrations } from "../migrations/run-migrations.ts";
import { startError } from "../opening/start-error.ts";
import { DatabaseRotation } from "./database-rotation.ts";
import type { Rotation } from "./rotation.ts";

/** Opens the database as it is: it must be there, with our tables, and nothing is written. */
export async function openRotationDatabase(settings: DbSettings, context: PluginContext): Promise<Rotation> {
  const ring = openKeyRing(settings, context);
  if (ring === undefined) throw missingSecret();
  const database = await openConfiguredDatabase(settings, false, context);
  try {
    await runMigrations(database, false, context.signal);
    return new DatabaseRotation(database, ring, context.logger);
  } catch (error) {
    await (database.abandon ?? database.close)();
    throw startError(error, database);
  }
}
