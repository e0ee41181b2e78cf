import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { vaultSettings } from "./support/vault-settings.ts";

const NAMESPACE = "ARCHESTRA_HASHICORP_VAULT_NAMESPACE";

/** A Vault with another prefix than the default one, and settings with a token of exactly the printed policy. */
async function prepared() {
  const settings = await vaultSettings();
  const env = { ...settings.env, ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: "secret/data/team/app" };
  const owner = await settings.open(env);
  await owner.create("a", { token: "planted" });
  const envOf = async (role: string) => {
    const args = ["policy", "--role", role, "--with-token-rules"];
    const { exitCode, stdout, stderr } = await runProgram(args, { env });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    await settings.server.putPolicy(role, stdout);
    const { token } = await settings.server.createToken({ policies: [role], noDefaultPolicy: true });
    return { ...env, ARCHESTRA_HASHICORP_VAULT_TOKEN: token };
  };
  return { envOf, open: settings.open, owner };
}

describeVault("policy, written into Vault", () => {
  test("lets a reader read, list and check, and refuses every write", async () => {
    const { envOf, open } = await prepared();
    const env = await envOf("reader");
    expect(await runProgram(["get", "a"], { env })).toMatchObject({ exitCode: 0 });
    expect(await runProgram(["list"], { env })).toMatchObject({
      stdout: expect.stringMatching(/^a +VAULT/m),
    });
    const reader = await open(env);
    expect((await reader.getMany(["a", "none"])).get("none")?.status).toBe("absent");
    expect((await reader.check({ count: true })).problems.map(({ reason }) => reason)).toEqual([
      "MISSING_CAPABILITIES",
    ]);
    for (const call of [
      () => reader.create("c", { token: "1" }),
      () => reader.set("a", { token: "1" }),
      () => reader.update("a", { token: "1" }),
      () => reader.delete("a"),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: "PERMISSION_DENIED" });
    }
  });

  test("lets a writer make every call, with nothing missing", async () => {
    const { envOf, open } = await prepared();
    const writer = await open(await envOf("writer"));
    await writer.create("c", { token: "1" });
    await writer.set("c", { token: "2" });
    await writer.update("c", (current) => ({ ...current, more: true }));
    expect((await writer.get("c"))?.value).toEqual({ token: "2", more: true });
    expect(await Array.fromAsync(writer.list(), ({ name }) => name)).toEqual(["a", "c"]);
    expect(await writer.delete("c")).toBe(true);
    expect(await writer.check({ count: true })).toMatchObject({ status: "healthy", count: 1 });
  });

  test("lets a migrator move secrets to the database and back, and finalize", async () => {
    const { envOf, owner } = await prepared();
    const env = await envOf("migrator");
    for (const args of [
      ["migrate", "--to", "DB"],
      ["migrate", "finalize", "--yes"],
      ["migrate", "--from", "DB", "--to", "VAULT"],
      ["migrate", "finalize", "--yes"],
    ]) {
      const { exitCode, stdout } = await runProgram([...args, "--json"], { env });
      expect({ exitCode, ...JSON.parse(stdout).result }, args.join(" ")).toMatchObject({
        exitCode: 0,
        done: 1,
      });
    }
    expect(await owner.get("a")).toMatchObject({ manager: "VAULT", value: { token: "planted" } });
  });
});

test("policy names the namespace on standard error, and refuses an unknown role", async () => {
  const env = { [NAMESPACE]: "team/child", ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE: "team" };
  const { stdout, stderr } = await runProgram(["policy", "--role", "reader"], { env });
  expect(stdout).toContain('path "child/secret/data/archestra/*" { capabilities = ["read"] }');
  expect(stderr).toBe("Write the policy in the namespace team.\n");
  expect((await runProgram(["policy", "--role", "root"])).exitCode).toBe(64);
});
