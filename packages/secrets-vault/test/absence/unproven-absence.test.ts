import type { SecretsManager } from "@archestra/secrets-core";
import { type StubAnswer, type StubVault, startStubVault } from "@archestra/test-servers/stub-vault";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

interface StubPaths {
  readonly mount: string;
  readonly value: string;
  readonly entry: string;
  readonly folder: string;
  readonly check: string;
}

const paths: Readonly<Record<1 | 2, StubPaths>> = {
  1: {
    mount: "/v1/sys/internal/ui/mounts/secret/archestra",
    value: "/v1/secret/archestra/a",
    entry: "/v1/secret/archestra/a",
    folder: "/v1/secret/archestra?list=true",
    check: "/v1/secret/archestra/%20archestra-check",
  },
  2: {
    mount: "/v1/sys/internal/ui/mounts/secret/data/archestra",
    value: "/v1/secret/data/archestra/a",
    entry: "/v1/secret/metadata/archestra/a",
    folder: "/v1/secret/metadata/archestra?list=true",
    check: "/v1/secret/data/archestra/%20archestra-check",
  },
};

/** A manager on a server that behaves at the start and then answers as no Vault of ours can be made to. */
async function openOnScript(kv: 1 | 2): Promise<{ stub: StubVault; manager: SecretsManager }> {
  const stub = await startStubVault();
  onTestFinished(() => stub.stop());
  const mount = { path: "secret/", type: "kv", options: { version: String(kv) } };
  stub
    .script("GET", "/v1/sys/health", { status: 200, body: {} })
    .script("GET", "/v1/auth/token/lookup-self", {
      status: 200,
      body: { data: { ttl: 0, expire_time: null, type: "service" } },
    })
    .script("GET", paths[kv].mount, { status: 200, body: { data: mount } })
    .script("POST", "/v1/sys/capabilities-self", { status: 200, body: { data: {} } });
  const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv("a-token") };
  return { stub, manager: await openVault(vaultEnv(stub.address, env)) };
}

const deleted = { version: 1, created_time: "2026-01-02T03:04:05.6Z", deletion_time: "2026-01-02T03:04:06Z" };
const requestId = "2c5c8a2f-95e4-6b1c-5b0a-3f6a6d9c0b11";

const noAbsence: Readonly<Record<string, StubAnswer>> = {
  "a 404 without a body": { status: 404 },
  "a 404 with a page of a web server": { status: 404, body: "<html><body>Not Found</body></html>" },
  "a 404 of another API": { status: 404, body: { message: "not found" } },
  "a 404 of a JSON:API": { status: 404, body: { errors: [{ status: "404", title: "Not Found" }] } },
  "a 404 of a GraphQL server": { status: 404, body: { data: null, errors: [{ message: "not found" }] } },
  "a 404 with null as its error": { status: 404, body: { errors: [null] } },
  "a 404 with no errors and null as its data": { status: 404, body: { errors: [], data: null } },
  "a 404 with no errors and a code": { status: 404, body: { errors: [], code: 404 } },
  "a 404 with metadata of something else": { status: 404, body: { data: { metadata: {} } } },
  "a 404 that lacks Vault's id of the request": {
    status: 404,
    body: { data: { data: null, metadata: deleted } },
  },
  "a 404 with a version that is not deleted": {
    status: 404,
    body: { request_id: requestId, data: { data: null, metadata: { ...deleted, deletion_time: "" } } },
  },
  "a 503 with a page of a load balancer": { status: 503, body: "<html>No server is available</html>" },
  "a 200 with a page for a login": { status: 200, body: "<html>Sign in</html>" },
  "a 200 with an empty object": { status: 200, body: {} },
  "a 200 without a body": { status: 200 },
  "a 204": { status: 204 },
  "a 200 with null for everything": { status: 200, body: { data: null, errors: null } },
  "a 200 of a GraphQL server": { status: 200, body: { data: null, errors: [{ message: "not found" }] } },
  "a 200 of a JSON:API without entries": { status: 200, body: { data: [] } },
  "a 200 with an empty list that did not come from Vault": { status: 200, body: { data: { keys: [] } } },
};

describeVault("an answer that proves no absence", () => {
  for (const kv of [1, 2] as const) {
    test.each(Object.entries(noAbsence))(
      `%s (stub) is an error of every read on KV ${kv}`,
      async (_kind, answer) => {
        const { stub, manager } = await openOnScript(kv);
        const { value, entry, folder, check } = paths[kv];
        stub
          .script("GET", value, answer)
          .script("POST", value, answer)
          .script("GET", entry, answer)
          .script("GET", folder, answer)
          .script("GET", check, answer);
        const calls = {
          get: manager.get("a"),
          has: manager.has("a"),
          list: Array.fromAsync(manager.list()),
          update: manager.update("a", { of: "us" }),
          delete: manager.delete("a"),
        };
        const codes = Object.entries(calls).map(async ([call, run]) => [call, (await failure(run)).code]);
        // A page of another server stays until the address is corrected. One with a 503 may be transient.
        const isPage = typeof answer.body === "string" && answer.status !== 503;
        const code = isPage ? "INVALID_CONFIGURATION" : "UNAVAILABLE";
        expect(await Promise.all(codes)).toEqual(Object.keys(calls).map((call) => [call, code]));
        expect((await manager.check()).status).not.toBe("healthy");
        expect((await manager.getMany(["a"])).get("a")?.status).toBe("failed");
        expect(stub.requests.filter(({ method }) => method === "DELETE")).toEqual([]);
      },
    );

    test(`a 400 without a body to a list() of plain folders (stub) is not an empty list on KV ${kv}`, async () => {
      const { stub, manager } = await openOnScript(kv);
      stub.script("GET", paths[kv].folder, { status: 400 });
      expect((await failure(Array.fromAsync(manager.list()))).code).toBe("INVALID_ARGUMENT");
    });

    test.each([{ errors: [{ status: "404" }] }, { errors: [], code: 404 }])(
      `a 404 with %j (stub) to the read after a lost deletion is OUTCOME_UNKNOWN on KV ${kv}`,
      async (body) => {
        const { stub, manager } = await openOnScript(kv);
        const { value, entry } = paths[kv];
        const data =
          kv === 1
            ? { of: "us" }
            : { data: { of: "us" }, metadata: { ...deleted, deletion_time: "", destroyed: false } };
        const there = { status: 200, body: { request_id: requestId, data } };
        stub.script("GET", value, there, { status: 404, body });
        if (kv === 2) stub.script("GET", entry, { status: 404, body });
        stub.script("DELETE", entry, { status: 502 });
        expect((await failure(manager.delete("a"))).code).toBe("OUTCOME_UNKNOWN");
      },
    );
  }
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
    "of version %i that the token cannot read stops the start with the other setting",
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

  test("that is unmounted later does not prove an absence either", async () => {
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

  test("that is replaced by one of version 1 does not prove an absence either", async () => {
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
