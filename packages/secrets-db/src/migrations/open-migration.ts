import {
  defineKind,
  definePlugin,
  openStandalone,
  type PluginContext,
  type StandaloneOptions,
} from "@archestra/secrets-core/plugin";
import type { PlaceSettings } from "../opening/open-configured-database.ts";
import { type MigrationOptions, migrationSettings } from "./migration-settings.ts";

/**
 * Reads the settings, and runs something on the database that they name.
 *
 * @param name of what is run, for messages
 * @throws ConfigurationError (INVALID_CONFIGURATION) with every problem of the settings at once
 */
export async function openMigration<Result>(
  name: string,
  options: MigrationOptions,
  standalone: StandaloneOptions,
  run: (settings: PlaceSettings, context: PluginContext) => Promise<Result>,
): Promise<Result> {
  const plugin = definePlugin({
    kind: defineKind<Result>(name),
    id: "DB",
    contractVersion: 1,
    options,
    settings: migrationSettings,
    create: run,
  });
  return (await openStandalone(plugin, standalone)).product;
}
