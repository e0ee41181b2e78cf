import { createSecretsManager, migrateSecrets } from "@archestra/secrets-core";
import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { tokenAuth } from "@archestra/vault-auth-token";
import { expect, onTestFinished, test } from "vitest";
import { vaultPlugin } from "../../src/index.ts";
import { tokenEnv, vaultEnv } from "../support/open-vault.ts";

/** Written as it stands: `JSON.stringify` would round it. */
const numbers = {
  "large-integer": '{"id":9007199254740993}',
  "many-digits": '{"pi":3.14159265358979323846}',
  exact: '{"id":9007199254740992,"text":"9007199254740993"}',
};

async function openMover(kv: 1 | 2) {
  const server = await vaultOfTest();
  await server.mountKv("secret", kv);
  const path = kv === 2 ? "secret/data/archestra" : "secret/archestra";
  const send = (method: string, name: string, body?: string) =>
    fetch(`${server.address}/v1/${path}/${name}`, {
      method,
      headers: { "X-Vault-Token": server.rootToken },
      ...(body === undefined ? {} : { body }),
    });
  for (const [name, text] of Object.entries(numbers)) {
    const { ok } = await send("POST", name, kv === 2 ? `{"data":${text}}` : text);
    expect(ok).toBe(true);
  }
  const store = new MemoryStore();
  const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) };
  const manager = await createSecretsManager({
    plugins: [vaultPlugin(), tokenAuth(), memoryPlugin({ store })],
    manager: "VAULT",
    env: vaultEnv(server.address, env),
  });
  onTestFinished(() => manager.close());
  const textOf = async (name: string) => (await send("GET", name)).text();
  return { manager, store, textOf };
}

describeVault("Numbers with more digits than JavaScript holds, written by another program", () => {
  test("are refused by a move from KV 1, dry run included, and stay as they are", async () => {
    const { manager, store, textOf } = await openMover(1);
    const refused = { code: "INVALID_VALUE", reason: "NUMBER_NOT_EXACT", manager: "VAULT" };

    for (const dryRun of [true, false]) {
      const report = await migrateSecrets(manager, {
        from: "VAULT",
        to: "MEMORY",
        writersStopped: true,
        dryRun,
      });
      expect(report).toMatchObject({ done: 1, failed: 2, stopped: false });
      expect(report.failures.toSorted((one, two) => (one.name < two.name ? -1 : 1))).toMatchObject([
        { name: "large-integer", error: refused },
        { name: "many-digits", error: refused },
      ]);
    }

    expect(store.find("exact")).toMatchObject({
      manager: "MEMORY",
      value: { id: 9007199254740992, text: "9007199254740993" },
    });
    expect(await textOf("large-integer")).toContain("9007199254740993");
    expect(await textOf("many-digits")).toContain("3.14159265358979323846");
  });

  test("were rounded by KV 2 itself when they were written, and move as it keeps them", async () => {
    const { manager, store, textOf } = await openMover(2);
    expect(await textOf("large-integer")).toContain('"id":9007199254740992');

    expect(await migrateSecrets(manager, { from: "VAULT", to: "MEMORY" })).toMatchObject({
      done: 3,
      failed: 0,
    });

    expect(store.find("large-integer")?.value).toEqual({ id: 9007199254740992 });
  });
});
