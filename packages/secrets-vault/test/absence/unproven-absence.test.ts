import { expect, onTestFinished, test } from "vitest";
import {
  type StubAnswer,
  type StubVault,
  startStubVault,
} from "../../../../tools/test-servers/stub-vault.ts";
import { describeVault, vaultOfTest } from "../../../../tools/test-servers/vault-tests.ts";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const data = "/v1/secret/data/archestra/a";
const metadata = "/v1/secret/metadata/archestra";

/** A server that behaves at the start and then answers as no Vault of ours can be made to. */
async function stubThatStarts(): Promise<StubVault> {
  const stub = await startStubVault();
  onTestFinished(() => stub.stop());
  const mount = { path: "secret/", type: "kv", options: { version: "2" } };
  return stub
    .script("GET", "/v1/sys/health", { status: 200, body: {} })
    .script("GET", "/v1/auth/token/lookup-self", { status: 200, body: { data: { ttl: 0, type: "service" } } })
    .script("GET", "/v1/sys/internal/ui/mounts/secret/data/archestra", { status: 200, body: { data: mount } })
    .script("POST", "/v1/sys/capabilities-self", { status: 200, body: { data: {} } });
}

const noAbsence: Readonly<Record<string, StubAnswer>> = {
  "a 404 without a body": { status: 404 },
  "a 404 with a page of a web server": { status: 404, body: "<html><body>Not Found</body></html>" },
  "a 404 of another API": { status: 404, body: { message: "not found" } },
  "a 503 with a page of a load balancer": { status: 503, body: "<html>No server is available</html>" },
  "a 200 with a page for a login": { status: 200, body: "<html>Sign in</html>" },
  "a 200 with an empty object": { status: 200, body: {} },
  "a 200 without a body": { status: 200 },
  "a 204": { status: 204 },
  "a 200 with null for everything": { status: 200, body: { data: null, errors: null } },
};

describeVault("an answer that proves no absence", () => {
  test.each(Object.entries(noAbsence))("%s (stub) is UNAVAILABLE to every read", async (_kind, answer) => {
    const stub = await stubThatStarts();
    const manager = await openVault(vaultEnv(stub.address, tokenEnv("a-token")));
    stub
      .script("GET", data, answer)
      .script("POST", data, answer)
      .script("GET", `${metadata}/a`, answer)
      .script("GET", `${metadata}?list=true`, answer)
      .script("GET", "/v1/secret/data/archestra/%20archestra-check", answer);
    const calls = {
      get: manager.get("a"),
      has: manager.has("a"),
      list: Array.fromAsync(manager.list()),
      update: manager.update("a", { of: "us" }),
      delete: manager.delete("a"),
    };
    const codes = Object.entries(calls).map(async ([call, run]) => [call, (await failure(run)).code]);
    expect(await Promise.all(codes)).toEqual(Object.keys(calls).map((call) => [call, "UNAVAILABLE"]));
    expect((await manager.check()).status).not.toBe("healthy");
    expect((await manager.getMany(["a"])).get("a")?.status).toBe("failed");
    expect(stub.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
  });
});

describeVault("a mount", () => {
  test("of version 1 with the setting 2 stops the start and says what to set", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 1);
    const error = await failure(openVault(vaultEnv(server.address, tokenEnv(server.rootToken))));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "WRONG_KV_VERSION"]);
    expect(error.message).toContain('The mount "secret" is KV version 1');
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_KV_VERSION");
  });

  test("of version 2 with the setting 1 stops the start and says what to set", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: "1", ...tokenEnv(server.rootToken) };
    const error = await failure(openVault(vaultEnv(server.address, env)));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "WRONG_KV_VERSION"]);
    expect(error.message).toContain('The mount "secret" is KV version 2');
  });

  test.each([1, 2] as const)(
    "of version %i that the token may not look at stops the start with the other setting",
    async (kv) => {
      const server = await vaultOfTest();
      await server.mountKv("secret", kv);
      const set = kv === 1 ? "2" : "1";
      await server.putPolicy(
        "blind",
        `path "secret/*" { capabilities = ["create", "update", "read", "delete", "list"] }
         path "sys/internal/ui/mounts/*" { capabilities = ["deny"] }`,
      );
      const { token } = await server.createToken({ policies: ["blind"] });
      const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: set, ...tokenEnv(token) };
      const opened = openVault(vaultEnv(server.address, env));
      const error = await failure(opened.then((manager) => manager.get("a")));
      expect(error.code).toBe("INVALID_CONFIGURATION");
    },
  );

  test("that is missing stops the start of a token that may see it", async () => {
    const server = await vaultOfTest();
    const error = await failure(openVault(vaultEnv(server.address, tokenEnv(server.rootToken))));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "MOUNT_MISSING"]);
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_SECRET_PATH");
  });

  test("that is missing stops the start of a token whose policy allows the path", async () => {
    const server = await vaultOfTest();
    await server.putPolicy("app", 'path "secret/*" { capabilities = ["read", "list"] }');
    const { token } = await server.createToken({ policies: ["app"] });
    const error = await failure(openVault(vaultEnv(server.address, tokenEnv(token))));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "MOUNT_MISSING"]);
  });

  test("that is missing and not allowed is PERMISSION_DENIED to every call, never absence", async () => {
    const server = await vaultOfTest();
    const logger = recordedLogger();
    const { token } = await server.createToken({ policies: ["default"] });
    const manager = await openVault(vaultEnv(server.address, tokenEnv(token)), { logger });
    for (const call of [
      () => manager.get("a"),
      () => manager.has("a"),
      () => Array.fromAsync(manager.list()),
      () => manager.create("a", { of: "us" }),
      () => manager.delete("a"),
    ])
      expect((await failure(call())).code).toBe("PERMISSION_DENIED");
    expect(logger.warnings.map(({ fields }) => fields.code)).toContain(
      "ARCHESTRA_SECRETS_VAULT_MISSING_CAPABILITIES",
    );
  });

  test("that is unmounted later is no absence either", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)));
    await manager.create("a", { of: "us" });
    await server.unmount("secret");
    for (const call of [
      () => manager.get("a"),
      () => manager.has("a"),
      () => Array.fromAsync(manager.list()),
    ])
      expect((await failure(call())).code).toBe("INVALID_CONFIGURATION");
  });

  test("that is replaced by one of version 1 is no absence either", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)));
    await manager.create("a", { of: "us" });
    await server.unmount("secret");
    await server.mountKv("secret", 1);
    const error = await failure(manager.create("b", { of: "us" }));
    expect(error.code).not.toBe("ALREADY_EXISTS");
  });
});
