import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createSecretsManager, type Environment } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { failure } from "@archestra/test-harness/failure";
import type { AppRoleOptions } from "@archestra/test-servers/vault-administration";
import { hashicorpVault, openBao } from "@archestra/test-servers/vault-product";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { describeHashicorpVault, describeOpenBao, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { appRoleAuth } from "../src/index.ts";
import { applicationPolicy } from "./support/app-role-harness.ts";

const ROLE_ID = "ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID";
const SECRET_ID = "ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID";

async function open(server: VaultServer, env: Environment) {
  const manager = await createSecretsManager({
    plugins: [vaultPlugin(), appRoleAuth()],
    env: {
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
      ...env,
    },
  });
  onTestFinished(() => manager.close());
  return manager;
}

/** A secret id in a wrapping token, as an orchestrator hands it to an application. */
async function wrappedSecretId(server: VaultServer, path = "auth/approle/role/application/secret-id") {
  const wrap = { headers: { "x-vault-wrap-ttl": "60s" } };
  const { body } = await server.request("POST", path, {}, wrap);
  return (body.wrap_info as { readonly token: string }).token;
}

for (const [product, describeProduct] of [
  [hashicorpVault, describeHashicorpVault],
  [openBao, describeOpenBao],
] as const) {
  describeProduct(`APPROLE on ${product.title}`, () => {
    const startServer = async (options: AppRoleOptions = {}) => {
      const server = await vaultOfTest({ product });
      await server.mountKv("secret", 2);
      await server.putPolicy("application", applicationPolicy);
      await server.enableAppRole();
      const role = await server.createAppRole({ policies: ["application"], ...options });
      return { server, ...role };
    };

    test("unwraps a wrapped secret id once, and logs in with it again when the token dies", async () => {
      const { server, roleId } = await startServer({ tokenTtl: "1h" });
      const file = join(server.folder, "secret-id");
      const wrapped = await wrappedSecretId(server);
      await writeFile(file, `${wrapped}\n`);
      const manager = await open(server, { [ROLE_ID]: roleId, [`${SECRET_ID}_FILE`]: file });
      await manager.create("a", { token: "1" });
      const before = await server.accessors();
      for (const accessor of before) {
        const { body } = await server.request("POST", "auth/token/lookup-accessor", { accessor });
        if (String(body.data?.path).startsWith("auth/approle")) await server.revokeAccessor(accessor);
      }
      expect((await manager.get("a"))?.value).toEqual({ token: "1" });
      const used = await server.request("POST", "sys/wrapping/lookup", { token: wrapped });
      expect(used.status).toBe(400);
    });

    test("refuses a wrapped secret id that was unwrapped before, and says what that may mean", async () => {
      const { server, roleId } = await startServer();
      const wrapped = await wrappedSecretId(server);
      await server.request("POST", "sys/wrapping/unwrap", {}, { token: wrapped });
      const error = await failure(open(server, { [ROLE_ID]: roleId, [SECRET_ID]: wrapped }));
      expect([error.code, error.reason]).toEqual(["UNAUTHENTICATED", "LOGIN_REFUSED"]);
      expect(error.message).toContain("unwrapped before");
      expect(JSON.stringify(error)).not.toContain(wrapped);
    });

    test("does not unwrap a wrapping token that was made by another path, such as an attacker's", async () => {
      const { server, roleId, secretId } = await startServer();
      const { body } = await server.request(
        "POST",
        "sys/wrapping/wrap",
        { secret_id: secretId },
        { headers: { "x-vault-wrap-ttl": "60s" } },
      );
      const { token } = body.wrap_info as { readonly token: string };
      const error = await failure(open(server, { [ROLE_ID]: roleId, [SECRET_ID]: token }));
      expect([error.code, error.reason]).toEqual(["UNAUTHENTICATED", "WRAPPED_SOMETHING_ELSE"]);
      expect((await server.request("POST", "sys/wrapping/lookup", { token })).status).toBe(200);
    });

    test("logs in with a secret id that an operator chose, also one that resembles a token", async () => {
      const { server, roleId } = await startServer();
      for (const chosen of ["chosen by an operator", "s.chosen-by-an-operator"]) {
        await server.demand("POST", "auth/approle/role/application/custom-secret-id", { secret_id: chosen });
        const manager = await open(server, { [ROLE_ID]: roleId, [SECRET_ID]: chosen });
        expect(await manager.get("a")).toBeUndefined();
      }
    });

    test("reports that the address of this machine is not bound", async () => {
      const { server, roleId } = await startServer();
      await server.demand("POST", "auth/approle/role/application", {
        secret_id_bound_cidrs: ["192.0.2.0/24"],
      });
      const { data } = await server.demand("POST", "auth/approle/role/application/secret-id", {});
      const error = await failure(open(server, { [ROLE_ID]: roleId, [SECRET_ID]: String(data?.secret_id) }));
      expect([error.code, error.reason]).toEqual(["UNAUTHENTICATED", "ADDRESS_NOT_BOUND"]);
      expect(error.message).toContain("secret_id_bound_cidrs");
    });
  });
}
