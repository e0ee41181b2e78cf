import type { ListOptions, SecretsManager } from "@archestra/secrets-core";

const WRITES_AT_A_TIME = 16;

/** Creates secrets, several at a time. */
export async function createAll(manager: SecretsManager, names: readonly string[]): Promise<void> {
  const waiting = names.values();
  const createNext = async () => {
    for (const name of waiting) await manager.create(name, { token: name });
  };
  await Promise.all(Array.from({ length: WRITES_AT_A_TIME }, createNext));
}

/** Returns the listed names. */
export function namesOf(manager: SecretsManager, options: ListOptions = {}): Promise<string[]> {
  return Array.fromAsync(manager.list(options), ({ name }) => name);
}
