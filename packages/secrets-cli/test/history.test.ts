import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

test("history is refused for a store that keeps no older versions", async () => {
  await using settings = sqliteSettings();
  const manager = await settings.open();
  await manager.create("app", { token: "planted" });
  const { exitCode, stdout, stderr } = await runProgram(["history", "app"], settings);
  expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: "" });
  expect(stderr).toContain("DB keeps no record of older versions");
});

describeVault("history on KV version 2", () => {
  test("lists versions with their states and times, the newest first, and no values", async () => {
    await using settings = sqliteSettings();
    const vault = await vaultOfTest();
    await vault.mountKv("secret", 2);
    const path = "archestra/app";
    for (const token of ["planted-1", "planted-2", "planted-3", "planted-4"]) {
      await vault.demand("POST", `secret/data/${path}`, { data: { token } });
    }
    await vault.demand("POST", `secret/delete/${path}`, { versions: [2, 4] });
    await vault.demand("POST", `secret/destroy/${path}`, { versions: [1] });
    const env = {
      ...settings.env,
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: vault.rootToken,
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    };
    const { exitCode, stdout } = await runProgram(["history", "app", "--json"], { env });
    expect(exitCode).toBe(0);
    const { versions } = JSON.parse(stdout).result;
    const time = expect.stringMatching(/^2.*Z$/);
    expect(versions).toEqual([
      { version: expect.stringMatching(/^VAULT:4@/), state: "deleted", createdAt: time, deletedAt: time },
      { version: expect.stringMatching(/^VAULT:3@/), state: "present", createdAt: time },
      { version: expect.stringMatching(/^VAULT:2@/), state: "deleted", createdAt: time, deletedAt: time },
      { version: expect.stringMatching(/^VAULT:1@/), state: "destroyed", createdAt: time },
    ]);
    const text = await runProgram(["history", "app"], { env: { ...env, COLUMNS: "80" } });
    expect(text.stdout.split("\n")[0]).toMatch(/^VERSION +STATE +CREATED$/);
    expect(Math.max(...text.stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(stdout + text.stdout).not.toContain("planted");
    expect(await runProgram(["history", "nothing"], { env })).toMatchObject({ exitCode: 3, stdout: "" });
  });
});
