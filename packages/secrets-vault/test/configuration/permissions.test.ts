import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

async function openWith(policy: string, kv: 1 | 2 = 2) {
  const server = await vaultOfTest();
  await server.mountKv("secret", kv);
  await server.putPolicy("application", policy);
  const { token } = await server.createToken({ policies: ["application"] });
  const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv) };
  const owner = await openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...env }));
  await owner.create("a", { token: "1" });
  const logger = recordedLogger();
  const manager = await openVault(vaultEnv(server.address, { ...tokenEnv(token), ...env }), { logger });
  return { server, manager, logger };
}

const data = "secret/data/archestra";
const metadata = "secret/metadata/archestra";

describeVault("a token whose policy lacks something", () => {
  test("starts with one warning that has the missing permissions and the policy that allows all calls", async () => {
    const { manager, logger } = await openWith(`path "${data}/*" { capabilities = ["read"] }`);
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
      "ARCHESTRA_SECRETS_VAULT_MISSING_CAPABILITIES",
    ]);
    const message = String(logger.warnings[0]?.message);
    expect(message).toContain("create, update on");
    expect(message).toContain("read, delete on");
    expect(message).toContain("list on");
    expect(message).toContain(`path "${data}/*" { capabilities = ["create", "update", "read"] }`);
    expect(message).toContain(`path "${metadata}/*" { capabilities = ["read", "list", "delete"] }`);
    const health = await manager.check();
    expect(health.status).toBe("degraded");
    expect(health.problems[0]?.code).toBe("PERMISSION_DENIED");
  });

  test("reads with only the permission to read; every other call is PERMISSION_DENIED with the stanza", async () => {
    const { manager } = await openWith(`path "${data}/*" { capabilities = ["read"] }`);
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    expect(await manager.has("a")).toBe(true);
    expect(await manager.get("b")).toBeUndefined();
    const refused = {
      create: [
        () => manager.create("b", { token: "1" }),
        `path "${data}/b" { capabilities = ["create", "update"] }`,
      ],
      set: [
        () => manager.set("a", { token: "1" }),
        `path "${data}/a" { capabilities = ["create", "update"] }`,
      ],
      delete: [() => manager.delete("a"), `path "${metadata}/a" { capabilities = ["delete"] }`],
      list: [() => Array.fromAsync(manager.list()), `path "${metadata}/" { capabilities = ["list"] }`],
    } as const;
    for (const [call, [run, stanza]] of Object.entries(refused)) {
      const error = await failure(run());
      expect([error.code, error.retryable], call).toEqual(["PERMISSION_DENIED", false]);
      expect(error.message, call).toContain(stanza);
    }
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("never deletes softly if it is not allowed to delete all versions", async () => {
    const { server, manager } = await openWith(
      `path "${data}/*" { capabilities = ["create", "update", "read", "delete"] }`,
    );
    const error = await failure(manager.delete("a"));
    expect(error.code).toBe("PERMISSION_DENIED");
    expect((await server.request("GET", `${data}/a`)).status).toBe(200);
  });

  test("creates secrets that it cannot read, and reports the missing permissions for other calls", async () => {
    const { manager } = await openWith(`path "${data}/*" { capabilities = ["create", "update"] }`);
    await manager.create("b", { token: "1" });
    const error = await failure(manager.get("b"));
    expect(error.code).toBe("PERMISSION_DENIED");
    expect(error.message).toContain(`path "${data}/b" { capabilities = ["read"] }`);
  });

  test("is the same on KV 1", async () => {
    const { manager, logger } = await openWith('path "secret/archestra/*" { capabilities = ["read"] }', 1);
    expect(logger.warnings[0]?.message).toContain("create, update, delete on");
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    const error = await failure(manager.set("a", { token: "2" }));
    expect(error.code).toBe("PERMISSION_DENIED");
    expect(error.message).toContain('path "secret/archestra/a" { capabilities = ["create", "update"] }');
  });
});
