import { createSecretsManager, isSecretsError } from "@archestra/secrets-core";
import { memoryPlugin } from "@archestra/secrets-core/memory";
import { vaultPlugin } from "@archestra/secrets-vault";
import { expect, test } from "vitest";
import { k8sAuth } from "../src/index.ts";

/** Nothing listens there: the token is read before the first request. */
const env = {
  ARCHESTRA_SECRETS_MANAGER: "VAULT",
  ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
  ARCHESTRA_HASHICORP_VAULT_ADDR: "https://127.0.0.1:1",
  ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "K8S",
  ARCHESTRA_HASHICORP_VAULT_K8S_ROLE: "application",
  ARCHESTRA_HASHICORP_VAULT_K8S_TOKEN_PATH: "/nowhere/token",
};

async function start(strict: boolean) {
  const warnings: unknown[] = [];
  const logger = { warn: (fields: Readonly<Record<string, unknown>>) => void warnings.push(fields.reason) };
  const plugins = [memoryPlugin(), vaultPlugin(), k8sAuth()];
  return { manager: await createSecretsManager({ plugins, env, logger, strict }), warnings };
}

test("a missing service-account file does not stop a start with a database among the plugins", async () => {
  const { manager, warnings } = await start(false);
  expect(warnings).toEqual(["TOKEN_FILE_MISSING"]);
  const error = await manager.get("a").catch((thrown: unknown) => thrown);
  expect(isSecretsError(error, "INVALID_CONFIGURATION") && error.reason).toBe("TOKEN_FILE_MISSING");
  await manager.close();
});

test("a missing service-account file stops a strict start", async () => {
  const error = await start(true).catch((thrown: unknown) => thrown);
  expect(isSecretsError(error, "INVALID_CONFIGURATION") && error.reason).toBe("TOKEN_FILE_MISSING");
});
