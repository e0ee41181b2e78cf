import { type StubVault, startStubVault } from "@archestra/test-servers/stub-vault";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { appRoleEnv, openVault, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

/*
 * A stub, since the real server of these tests is 1.21: until 1.17 a Vault said `permission denied` and nothing else of a
 * token that it did not know.
 */
const bare = { status: 403, body: { errors: ["permission denied"] } };
const found = {
  status: 200,
  body: {
    data: { data: { token: "1" }, metadata: { version: 1, created_time: "2026-01-01T00:00:00Z" } },
  },
};
const alive = { status: 200, body: { data: { ttl: 3_600, renewable: true, type: "service" } } };

test("a Vault before 1.17 refuses a dead token: it is looked up, and one login serves all", async () => {
  const { stub, manager, logins } = await openOld();
  stub.script("GET", "/v1/secret/data/archestra/a", bare, bare, bare, found);
  stub.script("GET", "/v1/auth/token/lookup-self", bare);
  const secrets = await Promise.all([manager.get("a"), manager.get("a"), manager.get("a")]);
  for (const secret of secrets) expect(secret?.value).toEqual({ token: "1" });
  expect(logins()).toBe(2);
});

test("a Vault before 1.17 refuses what a living token asks: denied, without a login for each call", async () => {
  const { stub, manager, logins } = await openOld();
  stub.script("GET", "/v1/secret/data/archestra/a", bare);
  stub.script("GET", "/v1/auth/token/lookup-self", alive);
  for (let call = 0; call < 10; call++) {
    expect(await failure(manager.get("a"))).toMatchObject({ code: "PERMISSION_DENIED" });
  }
  // The first, and one more when the token was a second old by the time that a call was refused.
  expect(logins()).toBeLessThanOrEqual(2);
});

test("get() is UNAVAILABLE, not PERMISSION_DENIED, when Vault does not say whether the refused token is alive", async () => {
  const { stub, manager } = await openOld();
  stub.script("GET", "/v1/secret/data/archestra/a", bare);
  stub.script("GET", "/v1/auth/token/lookup-self", { status: 503, body: { errors: ["node is not active"] } });
  expect(await failure(manager.get("a"))).toMatchObject({ code: "UNAVAILABLE", retryable: true });
});

test("a login that requires a second factor is reported as such", async () => {
  const stub = await stubVault();
  stub.script("POST", "/v1/auth/approle/login", {
    status: 200,
    body: {
      auth: {
        client_token: "",
        lease_duration: 0,
        mfa_requirement: { mfa_request_id: "1", mfa_constraints: {} },
      },
    },
  });
  const error = await failure(openVault(appRoleOf(stub), { logger: recordedLogger() }));
  expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "MFA_REQUIRED" });
  expect(error.message).toMatch(/second factor/);
});

async function openOld() {
  const stub = await stubVault();
  let token = 0;
  const login = () => ({
    status: 200,
    body: {
      auth: {
        client_token: `hvs.${++token}`,
        lease_duration: 3_600,
        renewable: true,
        token_type: "service",
      },
    },
  });
  stub.script("POST", "/v1/auth/approle/login", login(), login(), login(), login());
  stub.script("GET", "/v1/sys/internal/ui/mounts/secret/data/archestra", {
    status: 200,
    body: { data: { path: "secret/", type: "kv", options: { version: "2" } } },
  });
  stub.script("POST", "/v1/sys/capabilities-self", { status: 200, body: { data: {} } });
  const manager = await openVault(appRoleOf(stub), { logger: recordedLogger() });
  const logins = () => stub.requests.filter(({ path }) => path === "/v1/auth/approle/login").length;
  return { stub, manager, logins };
}

async function stubVault(): Promise<StubVault> {
  const stub = await startStubVault();
  onTestFinished(() => stub.stop());
  return stub;
}

function appRoleOf(stub: StubVault) {
  return vaultEnv(stub.address, appRoleEnv({ roleId: "role", secretId: "secret" }));
}
