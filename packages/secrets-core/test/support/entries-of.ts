import type { SecretsManager } from "../../src/index.ts";

/** What a manager lists: `name at owner`. */
export function entriesOf(manager: SecretsManager): Promise<string[]> {
  return Array.fromAsync(manager.list(), (info) => `${info.name} at ${info.manager}`);
}
