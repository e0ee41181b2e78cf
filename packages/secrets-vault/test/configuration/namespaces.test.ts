import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeOpenBao, openBaoOfTest } from "@archestra/test-servers/vault-tests";
import { Agent } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { vaultPlugin } from "../../src/index.ts";
import { appRoleAuth } from "../support/app-role-auth.ts";
import { failure } from "../support/failure.ts";
import { appRoleEnv, openVault, vaultEnv } from "../support/open-vault.ts";
import { openVaultThrough } from "../support/open-vault-through.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

const NAMESPACE = "ARCHESTRA_HASHICORP_VAULT_NAMESPACE";
const AUTH_NAMESPACE = "ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE";
const SECRET_PATH = "ARCHESTRA_HASHICORP_VAULT_SECRET_PATH";

/** A role in the namespace of a team, which may use a KV engine in the namespace of its child. */
async function teamAndChild(rights = `["create", "update", "read"]`) {
  const server = await openBaoOfTest();
  const inTeam = demandIn(server, "team");
  await demandIn(server)("POST", "sys/namespaces/team");
  await inTeam("POST", "sys/namespaces/child");
  await demandIn(server, "team/child")("POST", "sys/mounts/secret", {
    type: "kv",
    options: { version: "2" },
  });
  await inTeam("PUT", "sys/policies/acl/application", {
    policy: `path "child/secret/data/archestra/*" { capabilities = ${rights} }
      path "child/secret/metadata/archestra/*" { capabilities = ["read", "list", "delete"] }`,
  });
  await inTeam("POST", "sys/auth/approle", { type: "approle" });
  await inTeam("POST", "auth/approle/role/application", { token_policies: ["application"], token_ttl: "4s" });
  const roleId = (await inTeam("GET", "auth/approle/role/application/role-id"))?.role_id as string;
  const secretId = (await inTeam("POST", "auth/approle/role/application/secret-id"))?.secret_id as string;
  const env = (more: Environment) =>
    vaultEnv(server.address, { ...appRoleEnv({ roleId, secretId } as never), ...more });
  const tokens = async () =>
    ((await inTeam("GET", "auth/token/accessors?list=true"))?.keys as readonly string[] | undefined) ?? [];
  const tokenOfTeam = async () => {
    const body = { policies: ["application"], ttl: "6s" };
    const made = await server.request("POST", "auth/token/create", body, { namespace: "team" });
    return (made.body as { readonly auth: { readonly client_token: string } }).auth.client_token;
  };
  return { server, env, tokens, tokenOfTeam };
}

/** A dispatcher that notes each path with the namespace to which the request goes. Undefined: to none. */
function notingDispatcher() {
  const agent = new Agent();
  onTestFinished(() => agent.close());
  const requests: { readonly path: string; readonly namespace: unknown }[] = [];
  const dispatcher = agent.compose((dispatch) => (options, handler) => {
    const headers = new Headers(options.headers as Record<string, string>);
    const namespace = headers.get("x-vault-namespace") ?? undefined;
    requests.push({ path: options.path.replace("/v1/", ""), namespace });
    return dispatch(options, handler);
  });
  return { dispatcher, requests };
}

function demandIn(server: VaultServer, namespace?: string) {
  return async (method: string, path: string, body?: unknown) => {
    const { status, body: answer } = await server.request(method, path, body, { namespace });
    if (status >= 300 && status !== 404) throw new Error(`${method} ${path}: ${status}`);
    return answer.data;
  };
}

async function expectUsable(env: Environment): Promise<void> {
  const manager = await openVault(env, { logger: recordedLogger() });
  expect(await manager.get("a")).toBeUndefined();
  await manager.create("a", { token: "1" });
  expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  expect((await Array.fromAsync(manager.list())).map(({ name }) => name)).toEqual(["a"]);
  expect(await manager.delete("a")).toBe(true);
  expect((await manager.check()).status).toBe("healthy");
  // Beyond the life of the first token, which is replaced in the namespace of the login.
  const end = performance.now() + 5_000;
  while (performance.now() < end) await manager.get("a");
  await manager.close();
}

describeOpenBao("namespaces", () => {
  test("a login in a parent serves secrets in its child, and the token is revoked at the end", async () => {
    const { env, tokens } = await teamAndChild();
    await expectUsable(env({ [NAMESPACE]: "team/child", [AUTH_NAMESPACE]: "team" }));
    expect(await tokens()).toEqual([]);
  });

  test("a login in the root namespace serves secrets in a child", async () => {
    const { server } = await teamAndChild();
    const token = server.rootToken;
    const more = {
      ARCHESTRA_HASHICORP_VAULT_TOKEN: token,
      [NAMESPACE]: "team/child",
      [AUTH_NAMESPACE]: "root",
    };
    await expectUsable(vaultEnv(server.address, more));
  });

  test("requests about the token go to the namespace of the login, and all others to that of the secrets", async () => {
    const { server, env, tokenOfTeam } = await teamAndChild();
    const { dispatcher, requests } = notingDispatcher();
    const namespaces = { [NAMESPACE]: "team/child", [AUTH_NAMESPACE]: "team" };
    const byToken = { ARCHESTRA_HASHICORP_VAULT_TOKEN: await tokenOfTeam(), ...namespaces };
    await openVaultThrough(dispatcher, vaultEnv(server.address, byToken));
    await until("the token is renewed", () => requests.some(({ path }) => path === "auth/token/renew-self"));
    const manager = await createSecretsManager({
      plugins: [vaultPlugin({ dispatcher }), appRoleAuth()],
      env: env(namespaces),
    });
    await manager.create("a", { token: "1" });
    await manager.close();
    const ofLogin = requests.filter(({ path }) => /^(auth|sys\/wrapping)\//.test(path));
    expect(new Set(ofLogin.map(({ path }) => path))).toEqual(
      new Set([
        "sys/wrapping/lookup",
        "auth/token/lookup-self",
        "auth/token/renew-self",
        "auth/approle/login",
        "auth/token/revoke-self",
      ]),
    );
    expect(new Set(ofLogin.map(({ namespace }) => namespace))).toEqual(new Set(["team"]));
    const others = requests.filter((request) => !ofLogin.includes(request) && request.path !== "sys/health");
    expect(new Set(others.map(({ namespace }) => namespace))).toEqual(new Set(["team/child"]));
  });

  test("a login in the root namespace is sent without a namespace", async () => {
    const { server } = await teamAndChild();
    const { dispatcher, requests } = notingDispatcher();
    const namespaces = { [NAMESPACE]: "team/child", [AUTH_NAMESPACE]: "root" };
    const byToken = { ARCHESTRA_HASHICORP_VAULT_TOKEN: server.rootToken, ...namespaces };
    await openVaultThrough(dispatcher, vaultEnv(server.address, byToken));
    expect(requests).toContainEqual({ path: "auth/token/lookup-self", namespace: undefined });
    expect(requests).not.toContainEqual({ path: "auth/token/lookup-self", namespace: expect.any(String) });
  });

  test("a prefix that begins with the child's namespace serves, too", async () => {
    const { env } = await teamAndChild();
    await expectUsable(env({ [NAMESPACE]: "team", [SECRET_PATH]: "child/secret/data/archestra" }));
  });

  test("a login that is tried in the child namespace fails with the variable to set", async () => {
    const { env } = await teamAndChild();
    const error = await failure(openVault(env({ [NAMESPACE]: "team/child" })));
    expect(error.code).toMatch(/INVALID_CONFIGURATION|UNAUTHENTICATED/);
    expect(error.message).toContain(AUTH_NAMESPACE);
  });

  test("a refusal names the path as in a policy of the login's namespace", async () => {
    const { env } = await teamAndChild(`["read"]`);
    const more = { [NAMESPACE]: "team/child", [AUTH_NAMESPACE]: "team" };
    const manager = await openVault(env(more), { logger: recordedLogger() });
    const error = await failure(manager.create("a", { token: "1" }));
    expect(error.code).toBe("PERMISSION_DENIED");
    expect(error.message).toContain('path "child/secret/data/archestra/a"');
  });
});
