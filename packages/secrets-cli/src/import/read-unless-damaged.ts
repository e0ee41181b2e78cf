import type { Secret, SecretsManager } from "@archestra/secrets-core";
import { isDamagedSecret } from "@archestra/secrets-core/plugin";

/**
 * Reads a secret that an import may replace.
 *
 * @returns `damaged` when there is one that cannot be read; undefined when there is none
 * @throws SecretsError when the store cannot be read
 */
export async function readUnlessDamaged(
  manager: SecretsManager,
  name: string,
  signal: AbortSignal,
): Promise<Secret | "damaged" | undefined> {
  try {
    return await manager.get(name, { signal });
  } catch (error) {
    if (isDamagedSecret(error)) return "damaged";
    throw error;
  }
}
