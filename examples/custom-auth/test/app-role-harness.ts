// #region harness
import { execFileSync } from "node:child_process";
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { KnownToken, VaultAuthHarness } from "@archestra/secrets-testkit/vault-auth";
import { vaultPlugin } from "@archestra/secrets-vault";
import { appRoleAuth } from "../src/app-role-auth.ts";
import { address, vault } from "./vault.ts";

/** Creates mounts for each case, and a role whose secret id is in a file. */
export const appRoleHarness: VaultAuthHarness = {
  async open() {
    const mount = `acme-${randomUUID()}`;
    const role = `auth/${mount}/role/application`;
    const folder = mkdtempSync(join(tmpdir(), "vault-auth-approle-"));
    const file = join(folder, "secret-id");
    const rules = `path "${mount}/*" { capabilities = ["create", "read", "update", "delete", "list"] }`;
    await vault("POST", `sys/mounts/${mount}`, { type: "kv", options: { version: "1" } });
    await vault("PUT", `sys/policies/acl/${mount}`, { policy: rules });
    await vault("POST", `sys/auth/${mount}`, { type: "approle" });
    await vault("POST", role, { token_policies: [mount], token_ttl: "8s" });
    const roleId = (await vault("GET", `${role}/role-id`))?.role_id as string;
    let secretId = "";
    const issue = async () => {
      secretId = (await vault("POST", `${role}/secret-id`))?.secret_id as string;
      writeFileSync(file, secretId);
    };
    const revoke = async () => {
      await vault("POST", `${role}/secret-id/destroy`, { secret_id: secretId });
    };
    await issue();
    return {
      plugins: [appRoleAuth()],
      manager: vaultPlugin(),
      address,
      env: {
        ARCHESTRA_SECRETS_MANAGER: "VAULT",
        ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
        ARCHESTRA_HASHICORP_VAULT_ADDR: address,
        ARCHESTRA_HASHICORP_VAULT_KV_VERSION: "1",
        ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: `${mount}/archestra`,
        ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
        ACME_VAULT_APPROLE_ROLE_ID: roleId,
        ACME_VAULT_APPROLE_SECRET_ID_FILE: file,
        ACME_VAULT_APPROLE_MOUNT_POINT: mount,
      },
      secrets: () => [secretId],
      async lookUp(token) {
        const data = await vault("POST", "auth/token/lookup", { token });
        return data && ({ ...data, uses: data.num_uses } as unknown as KnownToken);
      },
      revoke,
      async rotate() {
        await revoke();
        await issue();
      },
      silence() {
        rmSync(file);
        execFileSync("mkfifo", [file]);
        // `rotate` writes another one.
        return () => rmSync(file);
      },
      refused: [
        { what: "a role that does not exist", env: { ACME_VAULT_APPROLE_ROLE_ID: "unknown-role" } },
        { what: "a mount that does not exist", env: { ACME_VAULT_APPROLE_MOUNT_POINT: "nowhere" } },
        { what: "a file that does not exist", env: { ACME_VAULT_APPROLE_SECRET_ID_FILE: `${file}.not` } },
      ],
      async close() {
        await vault("DELETE", `sys/auth/${mount}`);
        await vault("DELETE", `sys/mounts/${mount}`);
        await vault("DELETE", `sys/policies/acl/${mount}`);
        rmSync(folder, { recursive: true });
      },
    };
  },
};
// #endregion
