import {
  defineKind,
  definePlugin,
  openStandalone,
  type StandaloneOptions,
} from "@archestra/secrets-core/plugin";
import type { DbOptions } from "../db-plugin.ts";
import { dbSettings } from "../settings/db-settings.ts";
import type { Rotation } from "./rotation.ts";

const rotation = defineKind<Rotation>("database-rotation");

/**
 * Opens a database for changing its encryption key and for looking at its data: with the same settings as `dbPlugin`,
 * beside running applications, or on a restored backup without any. Opening changes nothing.
 *
 * @param options the settings of `dbPlugin` that are given in code
 * @param standalone where the other settings come from
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 * @throws SecretsError INVALID_CONFIGURATION when there is no such database or it lacks our tables; UNAVAILABLE,
 * UNAUTHENTICATED or PERMISSION_DENIED from the database
 */
export async function openRotation(
  options: DbOptions = {},
  standalone: StandaloneOptions = {},
): Promise<Rotation> {
  const plugin = definePlugin({
    kind: rotation,
    id: "DB",
    contractVersion: 1,
    options,
    settings: dbSettings,
    create: async (settings, context) => {
      const { openRotationDatabase } = await import("./open-rotation-database.ts");
      return openRotationDatabase(settings, context);
    },
  });
  return (await openStandalone(plugin, standalone)).product;
}
