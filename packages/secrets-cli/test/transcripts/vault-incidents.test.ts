import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { filledDatabase, withManager } from "../doctor/broken-setup.ts";
import { runProgram } from "../support/program.ts";
import { Transcript } from "./transcript.ts";

const SHOWN = "https://vault.example.com:8200";
const get = "archestra-secrets get github --env-file app.env";
const doctor = "archestra-secrets doctor --env-file app.env";

describeVault("Vault", () => {
  /** A Vault that owns a secret, and an application that has the policy of a writer. */
  async function setUp() {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const { env: database, folder } = await filledDatabase();
    const vault = {
      ...database,
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
    };
    const policy = await runProgram(["policy", "--role", "writer"], { env: vault });
    await server.putPolicy("application", policy.stdout);
    await withManager({ ...vault, ARCHESTRA_HASHICORP_VAULT_TOKEN: server.rootToken }, async (manager) => {
      await manager.create("github", { token: "planted-value" });
      for await (const { name, manager: owner } of manager.list())
        if (owner === "DB") await manager.delete(name);
    });
    return { server, folder, env: vault, transcript: new Transcript(folder, { [server.address]: SHOWN }) };
  }

  test("a sealed Vault is found, and secrets are served without a restart when it is unsealed", async () => {
    const { server, env, transcript } = await setUp();
    const { token } = await server.createToken({ policies: ["application"] });
    transcript.envFile("app.env", { ...env, ARCHESTRA_HASHICORP_VAULT_TOKEN: token });
    await server.seal();
    expect(await transcript.run(get)).toBe(1);
    expect(await transcript.run(doctor)).toBe(2);
    transcript.other(transcript.remedy);
    await server.unseal();
    expect(await transcript.run(doctor)).toBe(0);
    expect(await transcript.run(get)).toBe(0);
    transcript.expectCommitted("sealed-vault");
  });

  test("a revoked token is found, and another one in its file ends it", async () => {
    const { server, env, folder, transcript } = await setUp();
    const newToken = async () => (await server.createToken({ policies: ["application"] })).token;
    const file = join(folder, "vault-token");
    writeFileSync(file, "hvs.planted-and-revoked-token");
    transcript.envFile("app.env", { ...env, ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: file });
    expect(await transcript.run(get)).toBe(1);
    expect(await transcript.run(doctor)).toBe(2);
    transcript.other("vault token create -policy=application -field=token > vault-token");
    writeFileSync(file, await newToken());
    expect(await transcript.run(doctor)).toBe(0);
    transcript.expectCommitted("revoked-token");
  });

  test("an expired secret id is found, and another one in its file ends it", async () => {
    const { server, env, folder, transcript } = await setUp();
    await server.enableAppRole();
    const { roleId } = await server.createAppRole({ policies: ["application"] });
    const file = join(folder, "secret-id");
    writeFileSync(file, "5f3a9d36-0000-0000-0000-7a1b8e6c2d40");
    transcript.envFile("app.env", {
      ...env,
      ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
      ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID: roleId,
      ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID_FILE: file,
    });
    expect(await transcript.run(doctor)).toBe(2);
    transcript.other("vault write -f -field=secret_id auth/approle/role/application/secret-id > secret-id");
    const { secretId } = await server.createAppRole({ policies: ["application"] });
    writeFileSync(file, secretId);
    expect(await transcript.run(doctor)).toBe(0);
    transcript.expectCommitted("refused-login");
  });
});
