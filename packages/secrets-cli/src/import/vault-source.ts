import type { ImportOptions } from "../commands/import.ts";
import type { CommandContext } from "../program/command-context.ts";
import { CommandError } from "../program/command-error.ts";
import { type ImportItem, type ImportSource, imported, skipped } from "./import-outcome.ts";

/**
 * Opens what the selected external manager already holds. A call on a secret without an entry adopts it, so each name is
 * asked for once.
 */
export async function openVaultSource(
  { openManager, signal }: CommandContext,
  { prefix, dryRun = false }: ImportOptions,
): Promise<ImportSource> {
  const manager = await openManager();
  const { countByManager = {} } = await manager.check({ count: true, signal });
  const selected = manager.describe().manager;
  if (selected === "DB") {
    throw new CommandError(
      "NOT_EXTERNAL",
      "The settings select the database, so nothing in Vault is adopted. Set ARCHESTRA_SECRETS_MANAGER=VAULT with the settings of Vault. To copy secrets from Vault into the database, use `archestra-secrets migrate`.",
    );
  }
  return {
    total: countByManager[selected],
    items: () => items(),
  };

  async function* items(): AsyncGenerator<ImportItem> {
    for await (const { name, manager: owner } of manager.list({ prefix, onlyNames: true, signal })) {
      if (owner !== selected) continue;
      yield {
        name,
        async apply() {
          if (dryRun || (await manager.has(name, { signal }))) return imported;
          return skipped("GONE", "The secret was deleted after it was listed.");
        },
      };
    }
  }
}
