import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type Environment,
  type SecretsManager,
} from "@archestra/secrets-core";
import { tokenAuth } from "@archestra/vault-auth-token";
import type { Dispatcher } from "undici";
import { onTestFinished } from "vitest";
import { vaultPlugin } from "../../src/index.ts";

/** Opens a manager whose requests go through a dispatcher of the application. */
export async function openVaultThrough(
  dispatcher: Dispatcher,
  env: Environment,
  options: Omit<CreateSecretsManagerOptions, "plugins" | "env"> = {},
): Promise<SecretsManager> {
  const manager = await createSecretsManager({
    plugins: [vaultPlugin({ dispatcher }), tokenAuth()],
    env,
    ...options,
  });
  onTestFinished(() => manager.close());
  return manager;
}
