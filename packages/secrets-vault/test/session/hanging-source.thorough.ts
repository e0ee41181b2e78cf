import { execFile, execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { createSecretsManager } from "@archestra/secrets-core";
import { definePlugin } from "@archestra/secrets-core/plugin";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { tokenAuth } from "@archestra/vault-auth-token";
import type { Dispatcher } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { readLogin, type VaultLogin, vaultAuth } from "../../src/auth.ts";
import { vaultPlugin } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { issuedAccessors } from "../support/logins.ts";
import { applicationPolicy, openVault, prepareAppRole, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { openVaultThrough } from "../support/open-vault-through.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

const never = () => new Promise<never>(() => {});

async function vaultWithTokens() {
  const server = await vaultOfTest();
  await server.mountKv("secret", 2);
  await server.putPolicy("application", applicationPolicy);
  const createToken = async () => (await server.createToken({ policies: ["application"] })).token;
  return { server, createToken };
}

describeVault("a function that gives the token and does not answer", () => {
  test("once fails the calls that wait for it, and is asked again by the next", async () => {
    const { server, createToken } = await vaultWithTokens();
    let token = await createToken();
    let give: () => string | Promise<string> = () => token;
    const manager = await createSecretsManager({
      plugins: [vaultPlugin(), tokenAuth({ token: async () => give() })],
      env: vaultEnv(server.address),
    });
    onTestFinished(() => manager.close());
    await manager.create("a", { token: "1" });
    let asked = 0;
    give = () => {
      asked++;
      return never();
    };
    await server.revokeToken(token);
    const waiting = Array.from({ length: 20 }, () => failure(manager.get("a")));
    for (const error of await Promise.all(waiting)) {
      expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "CREDENTIAL_NOT_GIVEN", retryable: true });
    }
    expect(asked).toBeLessThan(4);
    token = await createToken();
    give = () => token;
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("at the start: it opens with a warning that says so, and heals", async () => {
    const { server, createToken } = await vaultWithTokens();
    let give: () => string | Promise<string> = never;
    const logger = recordedLogger();
    const manager = await createSecretsManager({
      plugins: [vaultPlugin(), tokenAuth({ token: async () => give() })],
      env: vaultEnv(server.address),
      logger,
    });
    onTestFinished(() => manager.close());
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
      "ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START",
    ]);
    const token = await createToken();
    give = () => token;
    await until("a secret is created", () => manager.set("a", { token: "1" }).then(Boolean, () => false));
  });

  test("does not keep close", async () => {
    const { server, createToken } = await vaultWithTokens();
    const token = await createToken();
    let give: () => string | Promise<string> = () => token;
    const asked = Promise.withResolvers<void>();
    const manager = await createSecretsManager({
      plugins: [vaultPlugin(), tokenAuth({ token: async () => give() })],
      env: vaultEnv(server.address),
    });
    give = () => {
      asked.resolve();
      return never();
    };
    await server.revokeToken(token);
    const call = failure(manager.get("a"));
    await asked.promise;
    const startedAt = performance.now();
    await manager.close({ timeout: 0 });
    expect(performance.now() - startedAt).toBeLessThan(9_000);
    expect(["ABORTED", "CLOSED"]).toContain((await call).code);
  });
});

describeVault("a token file that is a pipe", () => {
  test("without a writer fails the calls that need it, and is read again", async () => {
    const { server, createToken } = await vaultWithTokens();
    const file = join(server.folder, "token");
    const token = await createToken();
    await writeFile(file, token);
    const env = vaultEnv(server.address, { ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: file });
    const manager = await openVault(env);
    await manager.create("a", { token: "1" });
    await server.revokeToken(token);
    execFileSync("sh", ["-c", 'rm "$1" && mkfifo "$1"', "sh", file]);
    expect(await failure(manager.get("a"))).toMatchObject({ code: "UNAVAILABLE", reason: "PIPE_EMPTY" });
    const write = ["-c", 'printf "%s\\n" "$1" > "$2"', "sh", await createToken(), file];
    const [secret] = await Promise.all([
      until("the token is taken", () => manager.get("a").then(Boolean, () => false)),
      promisify(execFile)("sh", write),
    ]);
    expect(secret).toBeUndefined();
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });
});

describeVault("an aborted login", () => {
  test("sends no request any more, and the token that it makes all the same is revoked", async () => {
    const server = await vaultOfTest();
    const role = await prepareAppRole(server);
    const before = await server.accessors();
    const late = Promise.withResolvers<VaultLogin>();
    const refused: unknown[] = [];
    let logins = 0;
    const method = definePlugin({
      kind: vaultAuth,
      id: "ACME",
      contractVersion: 1,
      settings: {},
      create: () => ({
        async login(send) {
          const body = { role_id: role.roleId, secret_id: role.secretId };
          if (++logins > 1) return readLogin(await send({ path: "auth/approle/login", body }), "ACME");
          const login = await late.promise;
          await send({ path: "auth/approle/login", body }).catch((error: unknown) => refused.push(error));
          return login;
        },
      }),
    });
    const env = vaultEnv(server.address, { ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "ACME" });
    const manager = await openVault(env, { logger: recordedLogger() }, [method]);
    await until("another login serves", () =>
      manager.has("a").then(
        () => true,
        () => false,
      ),
    );
    expect(logins).toBe(2);
    expect(await issuedAccessors(server, before)).toHaveLength(1);
    const { token } = await server.loginAppRole(role);
    late.resolve({ token, issued: true, ttl: 60, renewable: true, type: "service" });
    await until("the late token is revoked", async () => !(await server.isAlive(token)));
    expect(refused).toHaveLength(1);
    expect(await issuedAccessors(server, before)).toHaveLength(1);
    await manager.close();
    expect(await issuedAccessors(server, before)).toEqual([]);
  });
});

describeVault("a dispatcher that never answers", () => {
  test("keeps neither the start, nor calls, nor close", async () => {
    const { server } = await vaultWithTokens();
    const silent = { dispatch: () => true } as unknown as Dispatcher;
    const logger = recordedLogger();
    const env = vaultEnv(server.address, tokenEnv("hvs.a-token"));
    const manager = await openVaultThrough(silent, env, { logger, timeout: 2_000 });
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
      "ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START",
    ]);
    expect(["TIMEOUT", "UNAVAILABLE"]).toContain((await failure(manager.get("a"))).code);
    const startedAt = performance.now();
    await manager.close({ timeout: 0 });
    expect(performance.now() - startedAt).toBeLessThan(9_000);
  });
});
