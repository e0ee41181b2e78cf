import { spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import type { SecretsManager } from "@archestra/secrets-core";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { archestraKey, archestraServer, encryptV1, utcNow } from "./support/archestra-database.ts";
import { importWhileWriting } from "./support/import-while-writing.ts";
import { runProgram } from "./support/program.ts";
import { sqliteSettings } from "./support/sqlite-settings.ts";

const createDatabase = archestraServer();

async function prepare() {
  const source = await createDatabase();
  const settings = sqliteSettings();
  const env = {
    ...settings.env,
    ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: archestraKey,
    ARCHESTRA_SOURCE_DATABASE_URL: source.url,
  };
  const run = async (...args: string[]) => {
    const program = await runProgram(["import", "--from-table", "secret", ...args, "--json"], {
      env,
      folder: settings.folder,
    });
    expect(program.stdout + program.stderr).not.toContain("planted");
    return { ...program, ...JSON.parse(program.stdout) };
  };
  return { source, settings, env, run, [Symbol.asyncDispose]: () => settings[Symbol.asyncDispose]() };
}

async function storedValue(manager: SecretsManager, name: string) {
  return (await manager.get(name))?.value;
}

test("import --from-table imports v1 envelopes and plaintext under their ids, first as a dry run, and is repeatable", async () => {
  await using all = await prepare();
  const { source, settings, run } = all;
  const first = await source.add("GitHub $(touch x)", { token: "planted-1" });
  const second = await source.add("Slack", { token: "planted-2" });
  await source.pool.query("UPDATE secret SET secret = $2 WHERE id = $1", [
    second,
    '{"token":"planted-plain"}',
  ]);
  const lost = await source.add("Lost", {});
  await source.pool.query("UPDATE secret SET secret = $2 WHERE id = $1", [
    lost,
    encryptV1({ token: "planted-3" }).replace(/.."}$/, 'xx"}'),
  ]);
  const external = await source.add("Team", {}, { isVault: true, path: "secret/data/team/key" });

  const dry = await run("--dry-run");
  expect(dry.result).toMatchObject({ dryRun: true, imported: 2, skipped: 1, failed: 1 });
  const manager = await settings.open();
  expect(await manager.has(first)).toBe(false);
  expect(() => statSync(join(settings.folder, "archestra-import.state"))).toThrow("ENOENT");

  const real = await run();
  expect(real.exitCode).toBe(1);
  expect(real.result).toMatchObject({ imported: 2, unchanged: 0, skipped: 1, failed: 1 });
  const reasons = real.result.details.map(({ name, reason }: Record<string, string>) => [name, reason]);
  expect(new Map(reasons)).toEqual(
    new Map([
      [lost, "UNDECRYPTABLE"],
      [external, "EXTERNAL_PATH"],
    ]),
  );
  expect(await storedValue(manager, first)).toEqual({ token: "planted-1" });
  expect(await storedValue(manager, second)).toEqual({ token: "planted-plain" });
  const state = join(settings.folder, "archestra-import.state");
  expect(readFileSync(state).includes("planted")).toBe(false);
  expect(statSync(state).mode & 0o777).toBe(0o600);

  expect((await run()).result).toMatchObject({ imported: 0, unchanged: 2, skipped: 1, failed: 1 });
});

test("the side that changed since the last import wins, and after changes of both the newest value", async () => {
  await using all = await prepare();
  const { source, settings, run } = all;
  const ids = {
    here: await source.add("a", { n: 1 }),
    there: await source.add("b", { n: 1 }),
    bothHere: await source.add("c", { n: 1 }),
    bothThere: await source.add("d", { n: 1 }),
    deletedHere: await source.add("e", { n: 1 }),
    deletedThere: await source.add("f", { n: 1 }),
  };
  await run();
  const manager = await settings.open();
  await manager.set(ids.here, { n: "here" });
  await source.update(ids.there, { n: "there" });
  await source.update(ids.bothHere, { n: "there" });
  await manager.set(ids.bothHere, { n: "here" });
  await manager.set(ids.bothThere, { n: "here" });
  await new Promise((resolve) => setTimeout(resolve, 5));
  await source.update(ids.bothThere, { n: "there" });
  await manager.delete(ids.deletedHere);
  await source.pool.query("DELETE FROM secret WHERE id = $1", [ids.deletedThere]);

  const { exitCode, result } = await run();
  expect(exitCode).toBe(0);
  expect(result).toMatchObject({ imported: 2, unchanged: 0, skipped: 4, failed: 0 });
  const reasons = result.details.map(({ name, reason }: Record<string, string>) => [name, reason]);
  expect(new Map(reasons)).toEqual(
    new Map([
      [ids.here, "NEWER_AT_TARGET"],
      [ids.bothHere, "NEWER_AT_TARGET"],
      [ids.deletedHere, "DELETED_AT_TARGET"],
      [ids.deletedThere, "DELETED_AT_SOURCE"],
    ]),
  );
  for (const [name, expected] of [
    [ids.here, "here"],
    [ids.there, "there"],
    [ids.bothHere, "here"],
    [ids.bothThere, "there"],
    [ids.deletedThere, 1],
  ] as const) {
    expect(await storedValue(manager, name)).toEqual({ n: expected });
  }
});

test("a table that is missing, or a database that cannot be reached, is reported with its remedy", async () => {
  await using all = await prepare();
  const { settings, env, source } = all;
  const run = (table: string, url: string) =>
    runProgram(["import", "--from-table", table], {
      env: { ...env, ARCHESTRA_SOURCE_DATABASE_URL: url },
      folder: settings.folder,
    });
  const missing = await run("nothing", source.url);
  expect(missing).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining("public.secret"),
  });
  const unreachable = await run("secret", "postgres://user:planted@127.0.0.1:1/archestra");
  expect(unreachable).toMatchObject({
    exitCode: 1,
    stdout: "",
    stderr: expect.stringContaining("UNAVAILABLE"),
  });
  expect(unreachable.stderr).toContain("correct its URL");
  expect(unreachable.stderr).not.toContain("planted");
});

test("a value that was committed after the import, with a time before it, is imported by the next run", async () => {
  await using all = await prepare();
  const { source, settings, run } = all;
  const id = await source.add("late", { n: "old" });
  const client = await source.pool.connect();
  await client.query("BEGIN");
  await client.query("UPDATE secret SET secret = $2, updated_at = $3 WHERE id = $1", [
    id,
    encryptV1({ n: "new" }),
    utcNow(),
  ]);
  await run();
  await client.query("COMMIT");
  client.release();
  expect((await run()).result).toMatchObject({ imported: 1 });
  expect(await storedValue(await settings.open(), id)).toEqual({ n: "new" });
});

test("every value is equal and none is lost when the old application writes during the import", async () => {
  await using all = await prepare();
  const { source, settings, run } = all;
  await importWhileWriting({ source, rows: 60, writers: 3, run, open: settings.open });
});

test("an import that is interrupted ends cleanly and is continued", async () => {
  await using all = await prepare();
  const { source, settings, env, run } = all;
  await source.pool.query(
    "INSERT INTO secret (secret) SELECT jsonb_build_object('n', n) FROM generate_series(1, 600) n",
  );
  const manager = await settings.open();
  const bin = join(import.meta.dirname, "../dist/bin.js");
  const child = spawn(process.execPath, [bin, "import", "--from-table", "secret"], {
    env: { PATH: process.env.PATH ?? "", ...env },
    cwd: settings.folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [stdout, stderr] = [child.stdout, child.stderr].map((stream) => stream.setEncoding("utf8").toArray());
  const closed = once(child, "close");
  while ((await manager.check({ count: true })).count === 0) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  child.kill("SIGINT");
  expect(await closed).toEqual([130, null]);
  expect((await stdout)?.join("")).toBe("");
  expect((await stderr)?.join("")).toMatch(/Repeat the command to continue/);
  const { result } = await run();
  expect(result).toMatchObject({ skipped: 0, failed: 0 });
  expect(result.imported + result.unchanged).toBe(600);
  expect(result.unchanged).toBeGreaterThan(0);
  expect(result.imported).toBeGreaterThan(0);
});

describeVault("import of references to Vault", () => {
  test("values at {name}-{id} are read, unwrapped, and left for the old application", async () => {
    await using all = await prepare();
    const { source, settings, env } = all;
    const vault = await vaultOfTest();
    await vault.mountKv("secret", 2);
    const id = await source.add("github", {}, { isVault: true });
    const dangling = await source.add("gone", {}, { isVault: true });
    const foreign = await source.add("foreign", {}, { isVault: true });
    const write = (name: string, data: object) =>
      vault.demand("POST", `secret/data/archestra/${name}`, { data });
    await write(`github-${id}`, { value: JSON.stringify({ token: "planted-in-vault" }) });
    await write(`foreign-${foreign}`, { token: "planted-elsewhere" });
    const run = async (more: Record<string, string>, ...args: string[]) => {
      const program = await runProgram(["import", "--from-table", "secret", "--json", ...args], {
        env: { ...env, ...more },
        folder: settings.folder,
      });
      expect(program.stdout + program.stderr).not.toContain("planted");
      return JSON.parse(program.stdout).result;
    };
    const unset = await run({});
    expect(unset).toMatchObject({ imported: 0, failed: 3 });
    expect(unset.details[0].message).toContain("ARCHESTRA_HASHICORP_VAULT_ADDR");

    const vaultEnv = {
      ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: vault.rootToken,
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    };
    const before = await vault.demand("GET", `secret/data/archestra/github-${id}`);
    const { imported, skipped, failed, details } = await run(vaultEnv);
    expect({ imported, skipped, failed }).toEqual({ imported: 1, skipped: 1, failed: 1 });
    const reasons = details.map(({ name, reason }: Record<string, string>) => [name, reason]);
    expect(new Map(reasons)).toEqual(
      new Map([
        [dangling, "DANGLING_REFERENCE"],
        [foreign, "NOT_AN_OBJECT"],
      ]),
    );
    expect(await storedValue(await settings.open(), id)).toEqual({ token: "planted-in-vault" });

    const selected = { ...vaultEnv, ARCHESTRA_SECRETS_MANAGER: "VAULT" };
    const samePath = await run(selected, "--names", "name-id", "--state", "other.state");
    expect(samePath).toMatchObject({ imported: 0, skipped: 3 });
    expect(samePath.details[0].reason).toBe("SAME_PATH");
    expect((await vault.demand("GET", `secret/data/archestra/github-${id}`)).data).toEqual(before.data);
  });

  test("import --from-vault records what Vault already holds", async () => {
    await using settings = sqliteSettings();
    const vault = await vaultOfTest();
    await vault.mountKv("secret", 2);
    for (const name of ["app/one", "app/two", "other"]) {
      await vault.demand("POST", `secret/data/archestra/${name}`, { data: { token: "planted" } });
    }
    const env = {
      ...settings.env,
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_HASHICORP_VAULT_ADDR: vault.address,
      ARCHESTRA_HASHICORP_VAULT_TOKEN: vault.rootToken,
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    };
    const { exitCode, stdout } = await runProgram(["import", "--from-vault", "--prefix", "app/", "--json"], {
      env,
    });
    expect(exitCode).toBe(0);
    expect(JSON.parse(stdout).result).toMatchObject({ imported: 2, failed: 0 });
    const entries = new DatabaseSync(join(settings.folder, "secrets.db"));
    expect(entries.prepare("SELECT name, manager FROM archestra_secrets ORDER BY name").all()).toEqual([
      { name: "app/one", manager: "VAULT" },
      { name: "app/two", manager: "VAULT" },
    ]);
    entries.close();
    const database = await runProgram(["import", "--from-vault"], settings);
    expect(database).toMatchObject({
      exitCode: 1,
      stderr: expect.stringContaining("archestra-secrets migrate"),
    });
  });
});

test("the documented rollback writes the secrets of the new store into the table of the old application", async () => {
  await using all = await prepare();
  const { source, settings, run } = all;
  const changed = await source.add("changed", { token: "before" });
  const moved = await source.add("moved", {}, { isVault: true });
  const external = await source.add("external", {}, { isVault: true, path: "secret/data/team/key" });
  await run();
  const manager = await settings.open();
  const value = { token: "after $(touch x) '\"\\\n\u00e4\u{1f511}", list: [1, null] };
  await manager.set(changed, value);
  await manager.create(moved, { token: "of Vault" });
  await manager.create("app/new", { token: "not a row" });
  const file = join(settings.folder, "secrets.json");
  expect(await runProgram(["export", "--out", file], settings)).toMatchObject({ exitCode: 0 });

  const guide = readFileSync(join(import.meta.dirname, "../../../docs/guide/importing-secrets.md"), "utf8");
  const script = /<!-- rollback.sql -->\s+```sql\n(?<sql>.*?)```/s.exec(guide)?.groups?.sql ?? "";
  // psql's \\copy sends the file to the same statement. Here the server reads it itself, with its own user.
  for (const [path, mode] of [
    [settings.folder, 0o755],
    [file, 0o644],
  ] as const) {
    chmodSync(path, mode);
  }
  const statements = script.replace(/^\s*\\copy (.*)$/m, "COPY $1;").replace("secrets.json", file);
  expect(statements).toContain("COPY exported");
  const client = await source.pool.connect();
  await client.query(statements);
  client.release();

  const { rows } = await source.pool.query("SELECT id, secret, is_vault, vault_path FROM secret");
  const rowOf = (id: string) => rows.find((row) => row.id === id);
  expect(rows).toHaveLength(3);
  expect(rowOf(changed)).toMatchObject({ secret: value, is_vault: false });
  expect(rowOf(moved)).toMatchObject({ secret: { token: "of Vault" }, is_vault: false });
  expect(rowOf(external)).toMatchObject({ secret: {}, is_vault: true, vault_path: "secret/data/team/key" });
});
