/*
 * Vault says `permission denied` of many things. What can be found out about the cause is asked before a policy is blamed.
 */
import { inspect } from "node:util";
import { plantedText, showsPlantedText } from "@archestra/test-harness/planted-values";
import {
  describeOpenBao,
  describeVault,
  openBaoOfTest,
  vaultOfTest,
} from "@archestra/test-servers/vault-tests";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { appRoleEnv, openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

const data = "secret/data/archestra";

async function openWith(policy: string) {
  const server = await vaultOfTest({ audit: true });
  await server.mountKv("secret", 2);
  await server.putPolicy("application", policy);
  const owner = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)));
  await owner.create("a", { token: "1" });
  const { token } = await server.createToken({ policies: ["application"] });
  const env = vaultEnv(server.address, tokenEnv(token));
  return { server, manager: await openVault(env, { logger: recordedLogger() }) };
}

describeVault("a refusal by policy", () => {
  test("of a write with parameters that are not allowed names the condition, and no capability to add", async () => {
    const { manager } = await openWith(
      `path "${data}/*" { capabilities = ["create", "update", "read"] allowed_parameters = { "data" = [] } }`,
    );
    const error = await failure(manager.create("b", { token: plantedText() }));
    expect([error.code, error.reason]).toEqual(["PERMISSION_DENIED", "POLICY_CONDITION"]);
    expect(error.message).toContain("allowed_parameters");
    expect(error.message).not.toContain("Add to the policy");
  });

  test("of a read that has to be wrapped names the condition", async () => {
    const { manager } = await openWith(
      `path "${data}/*" { capabilities = ["read"] min_wrapping_ttl = "1s" }
       path "secret/metadata/archestra/*" { capabilities = ["list"] min_wrapping_ttl = "1s" }`,
    );
    const error = await failure(manager.get("a"));
    expect([error.code, error.reason]).toEqual(["PERMISSION_DENIED", "POLICY_CONDITION"]);
    expect(error.message).toContain("min_wrapping_ttl");
    // What Vault says of a policy, "1 error occurred", says less than this.
    expect(error.message).not.toContain("Vault says");
    // A refusal under a condition proves that Vault answers, too.
    expect((await manager.check()).status).toBe("degraded");
    const { status, problems } = await manager.check({ count: true });
    expect([status, problems.at(-1)?.reason]).toEqual(["degraded", "FOLDERS_NOT_LISTED"]);
    expect(problems.at(-1)?.message).toContain("min_wrapping_ttl");
  });

  test("that capabilities explain has the stanza to add, and is asked about once however often it is met", async () => {
    const { server, manager } = await openWith(`path "${data}/*" { capabilities = ["read"] }`);
    const before = (await server.auditedRequests()).length;
    for (let call = 0; call < 20; call++) {
      const error = await failure(manager.set("a", { token: plantedText() }));
      expect([error.code, error.reason]).toEqual(["PERMISSION_DENIED", "POLICY"]);
      expect(error.message).toContain(`path "${data}/a" { capabilities = ["create", "update"] }`);
    }
    const asked = (await server.auditedRequests()).slice(before).map(({ path }) => path);
    expect(asked.filter((path) => path === "sys/capabilities-self")).toHaveLength(1);
  });
});

describeVault("a refusal of the token", () => {
  test("that is bound to another network, or whose entity is disabled, says that these are possible", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    await server.demand("POST", "auth/token/roles/bound", {
      allowed_policies: ["default"],
      token_bound_cidrs: ["10.1.2.3/32"],
    });
    const made = await server.demand("POST", "auth/token/create/bound", { policies: ["default"] });
    const { client_token: token } = (made as unknown as { auth: { client_token: string } }).auth;
    const error = await failure(openVault(vaultEnv(server.address, tokenEnv(token))));
    expect([error.code, error.retryable]).toEqual(["UNAUTHENTICATED", false]);
    expect(error.message).toContain("bound to another network");
    expect(error.message).toContain("entity");
  });

  test("for a listener that requires X-Forwarded-For reports that, also from Vault's message", async () => {
    const stub = await stubbedVault();
    // The words of Vault 1.21.1 and of OpenBao 2.7.2.
    const errors = ["missing x-forwarded-for header and configured to reject when not present"];
    stub.script("GET", "/v1/auth/token/lookup-self", { status: 400, body: { errors } });
    const error = await failure(openOnStub(stub));
    expect([error.code, error.reason, error.retryable]).toEqual([
      "INVALID_CONFIGURATION",
      "FORWARDED_FOR_REFUSED",
      false,
    ]);
    expect(error.message).toContain(`Vault says: ${errors[0]}`);
  });
});

describeOpenBao("a token of a namespace", () => {
  test("that is used without it names the namespace to set", async () => {
    const server = await openBaoOfTest();
    await server.mountKv("secret", 2);
    await server.demand("POST", "sys/namespaces/team", {});
    const made = await server.demand("POST", "team/auth/token/create", { policies: ["default"] });
    const { client_token: token } = (made as unknown as { auth: { client_token: string } }).auth;
    const logger = recordedLogger();
    const manager = await openVault(vaultEnv(server.address, tokenEnv(token)), { logger });
    const error = await failure(manager.get("a"));
    expect([error.code, error.reason]).toEqual(["PERMISSION_DENIED", "OTHER_NAMESPACE"]);
    expect(error.message).toContain('"team"');
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_NAMESPACE");
  });

  test("that does not exist stops the start, by a token as by a login", async () => {
    const server = await openBaoOfTest();
    await server.mountKv("secret", 2);
    const namespace = { ARCHESTRA_HASHICORP_VAULT_NAMESPACE: "no/such" };
    const role = { roleId: plantedText(), secretId: plantedText() };
    for (const credential of [tokenEnv(server.rootToken), appRoleEnv(role)]) {
      const error = await failure(openVault(vaultEnv(server.address, { ...credential, ...namespace })));
      expect([error.code, error.reason, error.retryable]).toEqual([
        "INVALID_CONFIGURATION",
        "NAMESPACE_MISSING",
        false,
      ]);
      expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_NAMESPACE");
    }
  });
});

describe("an excerpt of Vault's message (stub)", () => {
  const path = "/v1/secret/data/archestra/a";

  test("is shown for a read, without what is quoted and what is not a word", async () => {
    const stub = await stubbedVault();
    const planted = plantedText();
    const errors = [
      `upstream plugin for "${planted}" is shutting down; see ${planted} and '${planted}' at /var/lib/x1`,
      `no such thing as "correct horse battery" or 'staple of text' or \`a third value\``,
    ];
    stub.script("GET", path, { status: 405, body: { errors } });
    const manager = await openOnStub(stub);
    const error = await failure(manager.get("a"));
    expect([error.code, error.reason]).toEqual(["INTERNAL", "UNKNOWN_REFUSAL"]);
    expect(error.message).toContain(
      "Vault says: upstream plugin for … is shutting down; see … and … at … no such thing as … or … or ….",
    );
    expect(showsPlantedText(error)).toBe(false);
  });

  test("is bounded", async () => {
    const stub = await stubbedVault();
    stub.script("GET", path, { status: 405, body: { errors: ["no ".repeat(10_000)] } });
    const error = await failure((await openOnStub(stub)).get("a"));
    expect(error.message.length).toBeLessThan(500);
  });

  test.each([
    [400, "INTERNAL"],
    [405, "INTERNAL"],
    [500, "OUTCOME_UNKNOWN"],
  ])("is never shown for a write of a value with the answer %i", async (status, code) => {
    const stub = await stubbedVault();
    stub.script("POST", path, { status, body: { errors: ["the value was correct horse battery staple"] } });
    stub.script("GET", `${path}?version=1`, { status: 404, body: { errors: [] } });
    const manager = await openOnStub(stub, { timeout: 5_000 });
    const error = await failure(manager.create("a", { token: plantedText() }));
    expect(error.code).toBe(code);
    for (const text of [
      error.message,
      JSON.stringify(error),
      inspect(error, { depth: null, showHidden: true }),
    ])
      expect(text).not.toContain("horse");
  });
});
