/*
 * The page for operators has policies to copy. Each is read from there, and the calls that it is for run under exactly it.
 */
import { readFileSync } from "node:fs";
import {
  createSecretsManager,
  finalizeMigration,
  migrateSecrets,
  type SecretsManager,
} from "@archestra/secrets-core";
import { MemoryStore, memoryPlugin } from "@archestra/secrets-core/memory";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import {
  describeOpenBao,
  describeVault,
  openBaoOfTest,
  vaultOfTest,
} from "@archestra/test-servers/vault-tests";
import { tokenAuth } from "@archestra/vault-auth-token";
import { expect, onTestFinished, test } from "vitest";
import { vaultPlugin } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const page = readFileSync(new URL("../../../../docs/guide/vault-for-operators.md", import.meta.url), "utf8");

function policyOfPage(name: string): string {
  const found = new RegExp(`<!-- policy: ${name} -->\\s+\`\`\`hcl\\n([^\`]+)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`The page has no policy ${JSON.stringify(name)}.`);
  return found;
}

/** The same without one capability. */
function without(policy: string, capability: string, at: string): string {
  const lines = policy.split("\n").map((line) => {
    if (!line.includes(at)) return line;
    const left = [...line.matchAll(/"([a-z]+)"/g)]
      .map(([, found]) => found)
      .filter((one) => one !== capability);
    return line.replace(/\[.*\]/, JSON.stringify(left));
  });
  return lines.join("\n");
}

/** Each capability of a policy with the path that it is for. */
function capabilitiesOf(policy: string): (readonly [capability: string, at: string])[] {
  return policy.split("\n").flatMap((line) => {
    const at = /path "[^"]+"/.exec(line)?.[0] ?? "";
    return [...line.matchAll(/"([a-z]+)"/g)].map(([, capability = ""]) => [capability, at] as const);
  });
}

const value = { token: "1" };

async function prepared(kv: 1 | 2, start: () => Promise<VaultServer>) {
  const server = await start();
  await server.mountKv("secret", kv);
  const version = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv) };
  const envOf = async (...policies: string[]) => {
    const names = await Promise.all(
      policies.map(async (policy, index) => {
        await server.putPolicy(`of-the-page-${index}`, policy);
        return `of-the-page-${index}`;
      }),
    );
    const { token } = await server.createToken({ policies: names, noDefaultPolicy: true });
    return vaultEnv(server.address, { ...tokenEnv(token), ...version });
  };
  const owner = await openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...version }));
  for (const name of ["a", "team/b"]) await owner.create(name, value);
  const token = policyOfPage("token");
  return { envOf, owner, token };
}

function namesOf(manager: SecretsManager): Promise<string[]> {
  return Array.fromAsync(manager.list(), ({ name }) => name);
}

/** Moves secrets from the memory, which stands for a database, to Vault and back, and finalizes both. */
async function moveToVaultAndBack(
  env: Awaited<ReturnType<Awaited<ReturnType<typeof prepared>>["envOf"]>>,
  kv: 1 | 2,
) {
  const store = new MemoryStore();
  const open = async (selected: string) => {
    const manager = await createSecretsManager({
      plugins: [memoryPlugin({ store }), vaultPlugin(), tokenAuth()],
      env: { ...env, ARCHESTRA_SECRETS_MANAGER: selected },
      logger: recordedLogger(),
    });
    onTestFinished(() => manager.close());
    return manager;
  };
  const memory = await open("MEMORY");
  for (const name of ["moved", "team/moved"]) await memory.create(name, value);
  const vault = await open("VAULT");
  const problems: unknown[] = [];
  // With Vault selected, what Vault holds and the table does not know moves, too.
  for (const to of ["VAULT", "MEMORY"]) {
    const moved = await migrateSecrets(vault, { to, ...(kv === 1 ? { writersStopped: true } : {}) });
    problems.push(...moved.failures, ...(moved.stopped ? ["the move stopped"] : []));
    const finalized = await finalizeMigration(vault);
    problems.push(...finalized.failures, ...(finalized.stopped ? ["finalizing stopped"] : []));
  }
  return { problems, names: await namesOf(memory) };
}

const products = [
  ["Vault", describeVault, vaultOfTest],
  ["OpenBao", describeOpenBao, openBaoOfTest],
] as const;

for (const [product, describeProduct, start] of products) {
  describeProduct.each([1, 2] as const)(`the policies of the page, on ${product}, KV %i`, (kv) => {
    test("a reader reads, lists and checks, and nothing else", async () => {
      const { envOf, token } = await prepared(kv, () => start());
      const env = await envOf(policyOfPage(`reader, KV ${kv}`), token);
      const logger = recordedLogger();
      const manager = await openVault(env, { logger });
      expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
        "ARCHESTRA_SECRETS_VAULT_MISSING_CAPABILITIES",
      ]);
      expect((await manager.get("a"))?.value).toEqual(value);
      expect((await manager.getMany(["a", "none"])).get("none")?.status).toBe("absent");
      expect(await manager.has("team/b")).toBe(true);
      expect(await namesOf(manager)).toEqual(["a", "team/b"]);
      const { status, problems, count } = await manager.check({ count: true });
      expect([status, count, problems.map(({ reason }) => reason)]).toEqual([
        "degraded",
        2,
        ["MISSING_CAPABILITIES"],
      ]);
      for (const call of [
        () => manager.create("c", value),
        () => manager.set("a", value),
        () => manager.delete("a"),
      ])
        expect((await failure(call())).code).toBe("PERMISSION_DENIED");
    });

    test("a writer makes every call, and nothing is missing", async () => {
      const { envOf, token } = await prepared(kv, () => start());
      const logger = recordedLogger();
      const manager = await openVault(await envOf(policyOfPage(`writer, KV ${kv}`), token), { logger });
      await manager.create("c", value);
      await manager.set("c", value);
      await manager.update("c", (current) => ({ ...current, more: true }));
      expect((await manager.get("c"))?.value).toEqual({ ...value, more: true });
      expect(await namesOf(manager)).toEqual(["a", "c", "team/b"]);
      expect(await manager.delete("c")).toBe(true);
      expect(await manager.delete("c")).toBe(false);
      expect(await manager.check({ count: true })).toMatchObject({ status: "healthy", count: 2 });
      expect(logger.warnings).toEqual([]);
    });

    test("a migrator moves secrets to Vault and back, and finalizes both", async () => {
      const { envOf, owner, token } = await prepared(kv, () => start());
      const env = await envOf(policyOfPage(`migrator, KV ${kv}`), token);
      const { problems, names } = await moveToVaultAndBack(env, kv);
      expect(problems).toEqual([]);
      expect(names).toEqual(["a", "moved", "team/b", "team/moved"]);
      expect(await namesOf(owner)).toEqual([]);
    });

    test("a migrator that lacks one of the capabilities leaves something undone", async () => {
      const policy = policyOfPage(`migrator, KV ${kv}`);
      for (const [capability, at] of capabilitiesOf(policy)) {
        const { envOf, owner, token } = await prepared(kv, () => start());
        const env = await envOf(without(policy, capability, at), token);
        const { problems } = await moveToVaultAndBack(env, kv);
        const left = await namesOf(owner);
        expect(problems.length + left.length, `without ${capability} at ${at}`).toBeGreaterThan(0);
      }
    });

    test("a writer that lacks one of the capabilities is missing it", async () => {
      const { envOf, token } = await prepared(kv, () => start());
      const policy = policyOfPage(`writer, KV ${kv}`);
      const capabilities = capabilitiesOf(policy);
      expect(capabilities.length).toBeGreaterThan(4);
      for (const [capability, at] of capabilities) {
        const logger = recordedLogger();
        await openVault(await envOf(without(policy, capability, at), token), { logger });
        const [warning] = logger.warnings;
        expect(warning?.fields.code, `${capability} at ${at}`).toBe(
          "ARCHESTRA_SECRETS_VAULT_MISSING_CAPABILITIES",
        );
        expect(warning?.message).toContain(capability);
      }
    });
  });
}
