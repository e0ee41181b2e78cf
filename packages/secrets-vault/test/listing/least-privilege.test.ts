import type { SecretsManager } from "@archestra/secrets-core";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const names = ["a", "open/1", "open/sub/1", "shut/1", "shut/sub/1", "z"];

/** Secrets of an owner, and a manager with a token that has exactly this policy. */
async function openWith(kv: 1 | 2, policy: string) {
  const server = await vaultOfTest({ audit: true });
  await server.mountKv("secret", kv);
  await server.putPolicy("application", policy);
  const { token } = await server.createToken({ policies: ["application"] });
  const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv) };
  const owner = await openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...env }));
  for (const name of names) await owner.create(name, { token: name });
  const logger = recordedLogger();
  const manager = await openVault(vaultEnv(server.address, { ...tokenEnv(token), ...env }), { logger });
  const warned = () =>
    logger.warnings
      .map(({ fields }) => fields)
      .filter(({ code }) => code === "ARCHESTRA_SECRETS_VAULT_FOLDER_NOT_LISTED")
      .map(({ folder }) => folder);
  return { server, manager, warned, token };
}

function namesOf(manager: SecretsManager): Promise<string[]> {
  return Array.fromAsync(manager.list(), ({ name }) => name);
}

describeVault("check() with a token of few permissions", () => {
  test.each([1, 2] as const)(
    "is degraded with a policy to read one secret of KV %i, which get returns",
    async (kv) => {
      const prefix = kv === 1 ? "secret/archestra" : "secret/data/archestra";
      const { manager } = await openWith(kv, `path "${prefix}/a" { capabilities = ["read"] }`);
      expect((await manager.get("a"))?.value).toEqual({ token: "a" });
      for (const options of [{}, { count: true }]) {
        const { status, problems, count } = await manager.check(options);
        expect([status, count]).toEqual(["degraded", undefined]);
        expect(problems.map(({ code }) => code)).toContain("PERMISSION_DENIED");
        expect(problems.map(({ reason }) => reason)).toContain("PREFIX_NOT_READABLE");
      }
    },
  );

  test("is unavailable when the token is revoked", async () => {
    const { server, manager, token } = await openWith(
      2,
      `path "secret/data/archestra/a" { capabilities = ["read"] }`,
    );
    await server.revokeToken(token);
    expect((await manager.check()).status).toBe("unavailable");
  });
});

describeVault("list() with a token of few permissions", () => {
  test("gives names without versions and times where the metadata may be listed and not read", async () => {
    const { server, manager } = await openWith(
      2,
      `path "secret/data/archestra/*" { capabilities = ["read"] }
       path "secret/metadata/archestra/*" { capabilities = ["list"] }`,
    );
    const before = (await server.auditedRequests()).length;
    const listed = await Array.fromAsync(manager.list());
    expect(listed).toEqual(names.map((name) => ({ name, manager: "VAULT" })));
    const requests = (await server.auditedRequests()).slice(before);
    expect(requests.filter(({ operation }) => operation === "list")).toHaveLength(5);
    expect((await manager.check({ count: true })).count).toBe(names.length);
  });

  test.each([1, 2] as const)(
    "leaves out a folder of KV %i that it may not list, and reports it",
    async (kv) => {
      const entries = kv === 1 ? "secret/archestra" : "secret/metadata/archestra";
      const { manager, warned } = await openWith(
        kv,
        `path "secret/data/archestra/*" { capabilities = ["read"] }
       path "${entries}/*" { capabilities = ["read", "list"] }
       path "${entries}/shut" { capabilities = ["deny"] }
       path "${entries}/shut/*" { capabilities = ["deny"] }`,
      );
      expect(await namesOf(manager)).toEqual(["a", "open/1", "open/sub/1", "z"]);
      expect(warned()).toEqual(["shut/"]);
      expect(await namesOf(manager)).toHaveLength(4);
      expect(warned()).toEqual(["shut/"]);
      const { status, problems, count } = await manager.check({ count: true });
      expect([status, count]).toEqual(["degraded", 4]);
      const problem = problems.find(({ reason }) => reason === "FOLDERS_NOT_LISTED");
      expect(problem?.message).toContain('"shut/"');
    },
  );

  test("fails when it may not list the folder that it begins with", async () => {
    const { manager } = await openWith(
      2,
      `path "secret/metadata/archestra/open/*" { capabilities = ["read", "list"] }`,
    );
    expect((await failure(namesOf(manager))).code).toBe("PERMISSION_DENIED");
    const inside = await Array.fromAsync(manager.list({ prefix: "open/" }), ({ name }) => name);
    expect(inside).toEqual(["open/1", "open/sub/1"]);
  });
});
