import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

describeVault("run with vault:path#key", () => {
  test("reads secrets of other folders beside those of the manager, and writes nothing", async () => {
    const server = await vaultOfTest({ audit: true });
    await server.mountKv("team", 2);
    await server.mountKv("old", 1);
    await server.demand("POST", "team/data/app/github", { data: { token: "planted two", scopes: ["repo"] } });
    await server.demand("POST", "old/app#1", { "a key": "planted one" });
    const read = `path "team/data/app/*" { capabilities = ["read"] } path "old/*" { capabilities = ["read"] }`;
    await server.putPolicy("reader", read);
    const { token } = await server.createToken({ policies: ["reader"] });
    await using settings = sqliteSettings();
    const manager = await settings.open();
    await manager.create("app", { token: "planted three" });
    const env = {
      ...settings.env,
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: token,
    };

    const script = 'echo "$A|$B|$C|$D|[$ARCHESTRA_HASHICORP_VAULT_TOKEN]"';
    const mappings = ["A=vault:team/data/app/github#token", "B=vault:team/app/github#token"];
    const others = ["C=vault:old/app#1#a key", "D=app#token"];
    const found = await runProgram(["run", ...mappings, ...others, "--", "sh", "-c", script], { env });
    expect(found).toEqual({
      exitCode: 0,
      stdout: "planted two|planted two|planted one|planted three|[]\n",
      stderr: "",
    });

    const input = JSON.stringify({ SCOPES: { vault: "team/data/app/github", field: "scopes", as: "json" } });
    const mapped = await runProgram(["run", "--map", "-", "--", "sh", "-c", 'echo "$SCOPES"'], {
      env,
      input,
    });
    expect(mapped.stdout).toBe('["repo"]\n');

    const refused = await runProgram(["run", "A=vault:team/data/other#token", "--", "true"], { env });
    expect(refused).toMatchObject({ exitCode: 125, stdout: "" });
    expect(refused.stderr).toContain('path "team/data/other" { capabilities = ["read"] }');
    const absent = await runProgram(["run", "A=vault:team/data/app/nothing#token", "--", "true"], { env });
    expect(absent.exitCode).toBe(125);
    expect(absent.stderr).toContain("A: the secret does not exist.");
    const output = [refused, absent].map(({ stdout, stderr }) => stdout + stderr).join("");
    expect(output).not.toMatch(/planted/);
    expect(output).not.toContain(token);

    const sent = (await server.auditedRequests()).filter(({ operation }) => operation !== "read");
    // Both look something up: what kind of token was given, and why a read was refused.
    expect(new Set(sent.map(({ path }) => path))).toEqual(
      new Set(["sys/wrapping/lookup", "sys/capabilities-self"]),
    );
  });

  test("needs neither a database nor the manager, and says which settings of Vault are missing", async () => {
    const { exitCode, stderr } = await runProgram(["run", "A=vault:team/app#token", "--", "true"]);
    expect(exitCode).toBe(125);
    expect(stderr).toContain("ARCHESTRA_HASHICORP_VAULT_ADDR");
    expect(stderr).not.toContain("ARCHESTRA_SECRETS_ENCRYPTION_SECRET");
  });
});
