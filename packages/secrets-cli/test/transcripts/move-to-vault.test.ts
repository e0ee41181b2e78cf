import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { newDatabase, withManager } from "../doctor/broken-setup.ts";
import { Transcript } from "./transcript.ts";

describeVault("Vault", () => {
  test("secrets move to Vault with policies of least privilege, and back", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const { env, folder } = newDatabase();
    await withManager(env, async (manager) => {
      for (const name of ["github", "stripe"]) await manager.create(name, { token: "planted-value" });
    });
    const transcript = new Transcript(folder, { [server.address]: "https://vault.example.com:8200" });
    const vault = {
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
      ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
    };
    await server.enableAppRole();
    const login = async (name: string, role: string) => {
      await server.putPolicy(name, await transcript.outputOf(`archestra-secrets policy --role ${role}`));
      const { roleId, secretId } = await server.createAppRole({ name, policies: [name] });
      return {
        ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID: roleId,
        ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID: secretId,
      };
    };
    const app = { ...env, ...vault, ...(await login("shop", "writer")) };
    const mover = { ...env, ...vault, ...(await login("shop-migrator", "migrator")) };
    for (const [name, role] of [
      ["shop", "writer"],
      ["shop-migrator", "migrator"],
    ]) {
      transcript.other(`archestra-secrets policy --role ${role} | vault policy write ${name} -`);
      transcript.other(`vault write auth/approle/role/${name} token_policies=${name}`);
    }
    transcript.comment(
      "app.env and migrator.env get the variables of Vault, each with the ids of its own role. ARCHESTRA_SECRETS_MANAGER=VAULT selects Vault in both, and the processes of the application are restarted.",
    );
    const selected = { ARCHESTRA_SECRETS_MANAGER: "VAULT" };
    transcript.envFile("app.env", { ...app, ...selected });
    transcript.envFile("migrator.env", { ...mover, ...selected });
    expect(await transcript.run("archestra-secrets doctor --env-file app.env")).toBe(0);
    const migrate = (rest: string) =>
      transcript.run(`archestra-secrets migrate ${rest} --env-file migrator.env`);
    expect(await migrate("--from DB --to VAULT --dry-run")).toBe(0);
    expect(await migrate("--from DB --to VAULT")).toBe(0);
    expect(await transcript.run("archestra-secrets list --env-file app.env")).toBe(0);
    transcript.comment("The rollback, as long as the copies are not removed:");
    expect(await migrate("--from VAULT --to DB")).toBe(0);
    expect(await transcript.run("archestra-secrets list --env-file app.env")).toBe(0);
    transcript.expectCommitted("move-to-vault");
  });
});
