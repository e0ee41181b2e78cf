import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { describe, expect, test, vi } from "vitest";
import { bin, runProgram } from "./support/program.ts";
import { vaultSettings } from "./support/vault-settings.ts";

const inDatabase = { ARCHESTRA_SECRETS_MANAGER: "DB" };

describeVault("migrate, on SQLite and Vault", () => {
  test("moves the secrets after a dry run, lists the one that failed, and finalizes", async () => {
    const settings = await vaultSettings();
    const database = await settings.open(inDatabase);
    for (const name of ["$(touch x)", "b", "taken"]) await database.create(name, { token: "planted-value" });
    const taken = { data: { token: "planted-other" } };
    await settings.server.demand("POST", "secret/data/archestra/taken", taken);

    const outputs: string[] = [];
    const run = async (...args: string[]) => {
      const { exitCode, stdout, stderr } = await runProgram(args, settings);
      outputs.push(stdout, stderr);
      return { exitCode, stdout, result: args.includes("--json") ? JSON.parse(stdout).result : undefined };
    };
    const dryRun = await run("migrate", "--from", "DB", "--to", "VAULT", "--dry-run", "--json");
    expect(dryRun).toMatchObject({
      exitCode: 1,
      result: { dryRun: true, done: 2, failed: 1, stopped: false },
    });
    expect((await database.get("b"))?.manager).toBe("DB");

    const moved = await run("migrate", "--from", "DB", "--to", "VAULT");
    expect(moved.exitCode).toBe(1);
    expect(moved.stdout).toContain("2 secrets moved to VAULT, 0 skipped, 1 failed.");
    expect(moved.stdout).toMatch(/^taken +ALREADY_EXISTS +TARGET_OCCUPIED$/m);
    expect(await database.get("$(touch x)")).toMatchObject({
      manager: "VAULT",
      value: { token: "planted-value" },
    });
    await database.delete("taken");

    expect(await run("migrate", "--to", "VAULT", "--json")).toMatchObject({
      exitCode: 0,
      result: { done: 0 },
    });
    expect(await run("migrate", "finalize")).toMatchObject({ exitCode: 64 });
    expect(await run("migrate", "finalize", "--dry-run", "--json")).toMatchObject({ result: { done: 2 } });
    expect(await run("migrate", "finalize", "--yes", "--json")).toMatchObject({
      exitCode: 0,
      result: { dryRun: false, done: 2, failed: 0 },
    });
    expect(await run("migrate", "finalize", "--yes", "--json")).toMatchObject({ result: { done: 0 } });
    expect(outputs.join("")).not.toContain("planted-");
  });

  test("names the next command with the same settings, and the variable that new secrets depend on", async () => {
    const { env, folder, ...settings } = await vaultSettings();
    const database = await settings.open(inDatabase);
    await database.create("first", { token: "planted-value" });
    const lines = Object.entries({ ...env, ...inDatabase }).map(([name, value]) => `${name}=${value}`);
    writeFileSync(join(folder, "the app.env"), lines.join("\n"));
    const file = ["--env-file", "the app.env"];
    const moved = await runProgram(["migrate", "--to", "VAULT", ...file], { folder });
    expect(moved).toMatchObject({ exitCode: 0, stderr: "" });
    expect(moved.stdout).toContain("  archestra-secrets --env-file 'the app.env' migrate finalize\n");
    expect(moved.stdout).toContain("set ARCHESTRA_SECRETS_MANAGER=VAULT in every process");
    const back = await runProgram(["migrate", "--to", "DB", ...file], { folder });
    expect(back).toMatchObject({ exitCode: 0, stderr: "" });
    expect(back.stdout).not.toContain("ARCHESTRA_SECRETS_MANAGER");
  });

  test("interrupted, says that it can be repeated, and continues when it is", async () => {
    const settings = await vaultSettings();
    const database = await settings.open(inDatabase);
    const names = Array.from({ length: 300 }, (_, index) => `secret-${index}`);
    await Promise.all(names.map((name) => database.create(name, { token: "planted" })));
    const args = ["migrate", "--from", "DB", "--to", "VAULT", "--concurrency", "1"];
    const child = spawn(process.execPath, [bin, ...args], {
      env: { PATH: process.env.PATH, ...settings.env },
    });
    let stderr = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    const closed = once(child, "close");
    const firstMoved = async () => expect((await database.get("secret-0"))?.manager).toBe("VAULT");
    await vi.waitFor(firstMoved, { timeout: 60_000, interval: 20 });
    child.kill("SIGINT");
    const [exitCode] = await closed;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("Repeat the call to continue");

    const { result } = JSON.parse(
      (await runProgram(["migrate", "--to", "VAULT", "--json"], settings)).stdout,
    );
    expect(result).toMatchObject({ failed: 0, stopped: false });
    expect(result.done + result.skipped).toBe(300);
    expect(result.done).toBeGreaterThan(0);
  });

  test("references rebind rewrites the paths of values that are at the new prefix", async () => {
    const settings = await vaultSettings();
    const vault = await settings.open();
    for (const name of ["a", "b"]) await vault.create(name, { token: "planted" });
    await settings.server.demand("POST", "secret/data/other/a", { data: { token: "planted" } });
    const env = { ...settings.env, ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: "secret/data/other" };
    const dryRun = await runProgram(["references", "rebind", "--dry-run", "--json"], { env });
    expect(JSON.parse(dryRun.stdout).result).toMatchObject({
      dryRun: true,
      done: 1,
      failures: [{ name: "b", code: "NOT_FOUND", reason: "NOT_AT_NEW_PATH" }],
    });
    expect((await runProgram(["get", "a"], { env })).exitCode).toBe(1);
    expect(await runProgram(["references", "rebind", "--prefix", "a"], { env })).toMatchObject({
      exitCode: 0,
      stdout: "1 path rewritten, 0 skipped, 0 failed.\n",
    });
    expect((await runProgram(["get", "a"], { env })).exitCode).toBe(0);
  });
});

describe("migrate with wrong arguments", () => {
  test.each([
    ["no target", ["migrate", "--from", "DB"], "--to"],
    ["one manager twice", ["migrate", "--from", "db", "--to", "DB"], "--from and --to"],
    ["too many at the same time", ["migrate", "--to", "DB", "--concurrency", "257"], "256"],
    ["an option of migrate for finalize", ["migrate", "finalize", "--to", "DB"], "unknown option '--to'"],
  ])("%s ends with 64", async (_what, args, message) => {
    const { exitCode, stderr } = await runProgram(args);
    expect({ exitCode, stderr }).toEqual({ exitCode: 64, stderr: expect.stringContaining(message) });
  });
});
