import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type Environment,
  type SecretsManager,
} from "@archestra/secrets-core";
import { tokenAuth } from "@archestra/vault-auth-token";
import { onTestFinished } from "vitest";
import { type RequestDispatcher, vaultPlugin } from "../../src/index.ts";

/** Opens a manager whose requests go through a dispatcher of the application. */
export async function openVaultThrough(
  dispatcher: RequestDispatcher,
  env: Environment,
  options: Omit<CreateSecretsManagerOptions, "plugins" | "env"> = {},
  morePlugins: CreateSecretsManagerOptions["plugins"] = [],
): Promise<SecretsManager> {
  const manager = await createSecretsManager({
    plugins: [vaultPlugin({ dispatcher }), tokenAuth(), ...morePlugins],
    env,
    ...options,
  });
  onTestFinished(() => manager.close());
  return manager;
}
