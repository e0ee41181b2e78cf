import type { SecretsManager, SecretValue } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import { openBao } from "@archestra/test-servers/vault-product";
import type { VaultOptions } from "@archestra/test-servers/vault-server";
import { describeHashicorpVault, describeOpenBao, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

const versions = [1, 2] as const;

async function openOn(kv: 1 | 2, options: VaultOptions): Promise<SecretsManager> {
  const server = await vaultOfTest(options);
  await server.mountKv("secret", kv);
  const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
  return openVault(vaultEnv(server.address, env));
}

/** Expects that the value is refused for this limit, and that nothing of it is stored or shown. */
async function expectRefused(manager: SecretsManager, value: SecretValue, limit: string): Promise<void> {
  for (const write of ["create", "set"] as const) {
    const error = await failure(manager[write]("refused", value));
    expect(error, limit).toMatchObject({
      code: "INVALID_ARGUMENT",
      reason: "VALUE_TOO_COMPLEX",
      retryable: false,
      message: expect.stringContaining(`raise \`${limit}\``),
    });
    expect(await manager.get("refused")).toBeUndefined();
  }
}

function entries(count: number): SecretValue {
  return Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, index]));
}

describeOpenBao("a limit of OpenBao on JSON", () => {
  test.each(versions)("refuses a value as INVALID_ARGUMENT and names the setting, on KV %i", async (kv) => {
    const usual = await openOn(kv, { product: openBao });
    await expectRefused(usual, entries(1_001), "max_request_json_strings");
    await usual.create("below", entries(900));
    expect((await usual.get("below"))?.value).toEqual(entries(900));

    const small = await openOn(kv, { product: openBao, listener: { max_request_json_memory: 2_000 } });
    const text = { text: plantedText().padEnd(3_000, "x") };
    await expectRefused(small, text, "max_request_json_memory");
  });
});

describeHashicorpVault("a limit of Vault on JSON", () => {
  const listener = {
    max_json_depth: 8,
    max_json_string_value_length: 500,
    max_json_object_entry_count: 20,
    max_json_array_element_count: 20,
  };
  const deep = JSON.parse(`${'{"level":'.repeat(10)}1${"}".repeat(10)}`) as SecretValue;
  const refused: Readonly<Record<string, SecretValue>> = {
    max_json_depth: deep,
    max_json_string_value_length: { text: plantedText().padEnd(600, "x") },
    max_json_object_entry_count: entries(21),
    max_json_array_element_count: { list: new Array(21).fill(0) },
  };

  test.each(versions)("refuses a value as INVALID_ARGUMENT and names the setting, on KV %i", async (kv) => {
    const manager = await openOn(kv, { listener });
    for (const [limit, value] of Object.entries(refused)) await expectRefused(manager, value, limit);
    await manager.create("below", entries(20));
    expect((await manager.get("below"))?.value).toEqual(entries(20));

    const few = await openOn(kv, { listener: { max_json_token: 50 } });
    await expectRefused(few, entries(60), "max_json_token");
  });
});
