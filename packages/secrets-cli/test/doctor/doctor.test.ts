import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { runProgram } from "../support/program.ts";
import { edit, filledDatabase, newSecret, silentServer, withManager } from "./broken-setup.ts";
import { contentOf, runDoctor } from "./run-doctor.ts";

const bin = join(import.meta.dirname, "../../dist/bin.js");

test("a healthy set-up is one screen, exit code 0, and a documented JSON document", async () => {
  const { env, folder } = await filledDatabase();
  const before = contentOf(folder);
  const page = await runProgram(["doctor"], { env: { ...env, COLUMNS: "80" } });
  expect(page).toMatchObject({ exitCode: 0, stderr: "" });
  const lines = page.stdout.split("\n");
  expect(lines.length).toBeLessThan(41);
  expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(81);

  const { exitCode, stdout } = await runProgram(["doctor", "--json"], { env });
  const { command, ok, result, warnings } = JSON.parse(stdout);
  expect({ exitCode, command, ok, warnings }).toEqual({
    exitCode: 0,
    command: "doctor",
    ok: true,
    warnings: [],
  });
  expect(Object.keys(result)).toEqual(["status", "manager", "variables", "stores", "findings"]);
  expect(result).toMatchObject({
    status: "healthy",
    manager: { requested: "DB", requestedBy: "default", used: "DB", ownership: "DB", strict: false },
    stores: [
      {
        plugin: "DB",
        state: "complete",
        owns: 2,
        facts: {
          dialect: "sqlite",
          pendingMigrations: 0,
          rows: 2,
          unencryptedRows: 0,
          keys: [{ rows: 2, known: true, current: true }],
          owners: [{ manager: "DB", count: 2 }],
          transitions: { count: 0, stale: 0 },
          copies: { count: 0, complete: true },
          undecryptableRows: { examined: 2, complete: true, damaged: 0 },
        },
      },
    ],
    findings: [],
  });
  expect(contentOf(folder)).toEqual(before);
  expect(page.stdout + stdout).not.toContain(env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET);
});

test("each variable has its source, and its value only if it may be shown", async () => {
  const { env, folder } = await filledDatabase();
  const [envFile, secretFile] = [join(folder, "app.env"), join(folder, "secret")];
  writeFileSync(envFile, "ARCHESTRA_DATABASE_POOL_MAX=7\n");
  writeFileSync(secretFile, `${env.ARCHESTRA_SECRETS_ENCRYPTION_SECRET}\n`);
  const { stdout } = await runProgram(["doctor", "--json", "--env-file", envFile], {
    env: {
      ARCHESTRA_DATABASE_URL: env.ARCHESTRA_DATABASE_URL,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET_FILE: secretFile,
    },
  });
  const { variables } = JSON.parse(stdout).result;
  const of = (name: string) => variables.find(({ variable }: { variable: string }) => variable === name);
  expect(of("ARCHESTRA_DATABASE_URL")).toEqual({
    variable: "ARCHESTRA_DATABASE_URL",
    plugin: "DB",
    source: "environment",
  });
  expect(of("ARCHESTRA_DATABASE_POOL_MAX")).toMatchObject({ source: "env-file", file: envFile, value: "7" });
  expect(of("ARCHESTRA_SECRETS_ENCRYPTION_SECRET")).toMatchObject({
    source: "secret-file",
    file: "ARCHESTRA_SECRETS_ENCRYPTION_SECRET_FILE",
  });
  expect(of("ARCHESTRA_DATABASE_POOL_IDLE_SECONDS")).toMatchObject({ source: "default", value: "10" });
  expect(of("ARCHESTRA_AUTH_SECRET")).toMatchObject({ source: "unset" });
});

test("other variables of an application are not taken for typing errors", async () => {
  const { env } = await filledDatabase();
  const { findings } = await runDoctor({
    ...env,
    ARCHESTRA_API_BASE_URL: "http://localhost",
    ARCHESTRA_AUTH_COOKIE_DOMAIN: "localhost",
    ARCHESTRA_DATABASE_NAME: "app",
    ARCHITECTURE: "x64",
  });
  expect(findings).toEqual([]);
});

test("a database that an application has open, or left with its log, is examined without a change", async () => {
  const { env, folder } = await filledDatabase();
  await withManager(env, async (manager) => {
    await manager.create("latest", { token: "planted" });
    const files = readdirSync(folder).sort();
    expect(files).toHaveLength(3);
    const { text } = await runDoctor(env);
    expect(text).toContain("secrets in it       3");
    expect(readdirSync(folder).sort()).toEqual(files);

    const backup = join(folder, "backup");
    mkdirSync(backup);
    for (const name of ["secrets.db", "secrets.db-wal"]) copyFileSync(join(folder, name), join(backup, name));
    const before = contentOf(backup);
    const restored = { ...env, ARCHESTRA_DATABASE_URL: `sqlite://${join(backup, "secrets.db")}` };
    expect((await runDoctor(restored)).text).toContain("secrets in it       3");
    expect(contentOf(backup)).toEqual(before);
  });
});

test("a name in a command is quoted for a shell, and the command keeps the options of the settings", async () => {
  const { env, folder, file } = await filledDatabase();
  edit(
    file,
    "INSERT INTO archestra_secrets (name, state, transition_id, transition_started_at) VALUES ('$(touch x)''s \u202e', 'creating', 'old', 1)",
  );
  const envFile = join(folder, "the app.env");
  writeFileSync(envFile, "ARCHESTRA_DATABASE_POOL_MAX=7\n");
  const { stdout, exitCode } = await runProgram(["doctor", "--env-file", envFile], { env });
  expect(exitCode, stdout).toBe(1);
  const command = /^ {4}\$ archestra-secrets (.+)$/m.exec(stdout)?.[1] ?? "";
  const words = execFileSync("sh", ["-c", `printf '%s\\n' ${command}`], { cwd: folder, encoding: "utf8" });
  expect(words.split("\n")).toEqual(["--env-file", envFile, "get", "$(touch x)'s \\u{202e}", ""]);
  expect(readdirSync(folder)).not.toContain("x");
});

test("without any variable, doctor and a failing command name the option for the file of the application", async () => {
  const { folder } = await filledDatabase();
  const { stdout } = await runProgram(["doctor"], { folder, env: { COLUMNS: "200" } });
  expect(stdout).toContain("--env-file app.env");
  const { stderr } = await runProgram(["list"], { folder, env: { COLUMNS: "200" } });
  expect(stderr).toContain("--env-file app.env");
  const named = await runProgram(["list"], { folder, env: { ARCHESTRA_SECRETS_STRICT: "false" } });
  expect(named.stderr).not.toContain("--env-file app.env");
});

test("a missing secret of a database with secrets is reported without the advice to generate one alone", async () => {
  const { env } = await filledDatabase();
  const { ARCHESTRA_DATABASE_URL = "" } = env;
  const { text, findings } = await runDoctor({ ARCHESTRA_DATABASE_URL });
  expect(findings.map(({ code }) => code)).toEqual(["SETTING_MISSING", "KEY_MISSING"]);
  expect(text.replaceAll(/\s+/g, " ")).toContain(
    "For a database that holds secrets, use the one of its other processes.",
  );
});

test("a wrong key is reported with the ids of both keys, and the variable that it comes from", async () => {
  const [right, wrong] = ["right-".repeat(8), "wrong-".repeat(8)];
  const { env } = await filledDatabase(right);
  const { ARCHESTRA_DATABASE_URL = "" } = env;
  const { text } = await runDoctor({ ARCHESTRA_DATABASE_URL, ARCHESTRA_AUTH_SECRET: wrong });
  expect(text.replaceAll(/\s+/g, " ")).toMatch(
    /The database has the key [\w-]{11}\. This process has the key [\w-]{11}, from ARCHESTRA_AUTH_SECRET\./,
  );
});

test("a signal ends it with what is known, and with the exit code of the signal", async () => {
  const { url, connected } = await silentServer();
  const env = { ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: newSecret() };
  const child = spawn(process.execPath, [bin, "doctor"], { env: { PATH: process.env.PATH, ...env } });
  const ended = once(child, "close");
  const written = child.stdout.setEncoding("utf8").toArray();
  await connected;
  child.kill("SIGINT");
  expect(await ended).toEqual([130, null]);
  const text = (await written).join("");
  expect(text).toContain("dialect");
  expect(text).not.toContain("planted");
});

describeVault("Vault", () => {
  async function vaultSetup() {
    const server = await vaultOfTest({ audit: true });
    await server.mountKv("secret", 2);
    const { env, folder } = await filledDatabase();
    const vault = {
      ...env,
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_ADDR: server.address,
    };
    return { server, folder, env: vault };
  }

  test("everything hangs, and it ends within 10 seconds", async () => {
    const { server, env } = await vaultSetup();
    await server.freeze();
    const startedAt = performance.now();
    const { exitCode, stdout } = await runProgram(["doctor", "--json"], {
      env: {
        ...env,
        ARCHESTRA_HASHICORP_VAULT_TOKEN: "root",
        ARCHESTRA_DATABASE_URL: (await silentServer()).url,
      },
    });
    const seconds = (performance.now() - startedAt) / 1_000;
    await server.thaw();
    expect(exitCode).toBe(2);
    const codes = JSON.parse(stdout).result.findings.map(({ code }: { code: string }) => code);
    expect(codes).toEqual(expect.arrayContaining(["DATABASE_SILENT", "NO_ANSWER"]));
    expect(seconds).toBeLessThan(10);
  });

  test("it only reads, and revokes the token of its own login", async () => {
    const { server, env } = await vaultSetup();
    await server.enableAppRole();
    await server.putPolicy(
      "application",
      'path "secret/*" { capabilities = ["create", "read", "update", "delete", "list"] }',
    );
    const { roleId, secretId } = await server.createAppRole({ policies: ["application"] });
    const accessors = await server.accessors();
    const before = (await server.auditedRequests()).length;
    const { findings } = await runDoctor({
      ...env,
      ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "APPROLE",
      ARCHESTRA_HASHICORP_VAULT_APPROLE_ROLE_ID: roleId,
      ARCHESTRA_HASHICORP_VAULT_APPROLE_SECRET_ID: secretId,
    });
    expect(findings).toEqual([]);
    const requests = (await server.auditedRequests()).slice(before);
    expect(requests.length).toBeGreaterThan(0);
    expect(requests.filter(({ path }) => path.startsWith("secret/"))).toEqual([]);
    expect((await server.accessors()).toSorted()).toEqual(accessors.toSorted());
  });

  test("an owner that is not configured is reported with every setting that it lacks", async () => {
    const { server, env } = await vaultSetup();
    const token = { ARCHESTRA_HASHICORP_VAULT_TOKEN: "root" };
    await withManager({ ...env, ...token }, (manager) => manager.create("in-vault", { token: "planted" }));
    const { ARCHESTRA_DATABASE_URL = "", ARCHESTRA_SECRETS_ENCRYPTION_SECRET = "" } = env;
    const { text } = await runDoctor({ ARCHESTRA_DATABASE_URL, ARCHESTRA_SECRETS_ENCRYPTION_SECRET });
    expect(text).toMatch(/^ {4}- ARCHESTRA_HASHICORP_VAULT_ADDR: must be set/m);
    expect(text).toMatch(/^ {4}- ARCHESTRA_HASHICORP_VAULT_TOKEN: must be set/m);
    expect(text).not.toMatch(/^ {4}It /m);
    await server.seal();
    const sealed = await runDoctor({ ...env, ...token });
    expect(sealed.findings[0]).toMatchObject({
      code: "SEALED",
      command: `vault operator unseal -address=${server.address}`,
    });
    await server.unseal();
  });

  test("a wrapping token is not used up", async () => {
    const { server, env } = await vaultSetup();
    const answer = await server.request(
      "POST",
      "auth/token/create",
      {},
      {
        headers: { "x-vault-wrap-ttl": "300s" },
      },
    );
    const { token = "" } = answer.body.wrap_info as { readonly token?: string };
    const wrapped = { ...env, ARCHESTRA_HASHICORP_VAULT_TOKEN: token };
    const { findings, text } = await runDoctor(wrapped);
    expect(findings).toEqual([]);
    expect(text).toContain("can be unwrapped once");
    await withManager(wrapped, (manager) => manager.create("in-vault", { token: "planted" }));
  });
});
