import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { TokenOptions } from "@archestra/test-servers/vault-administration";
import { describeVault, productOfTests, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { afterEach, expect, test, vi } from "vitest";
import { failure } from "../support/failure.ts";
import { applicationPolicy, openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

afterEach(() => {
  vi.useRealTimers();
});

describeVault("a token that was handed over", () => {
  test("in a file is read again while it serves, at the first call after half a minute", async () => {
    const { manager, replace, first, server } = await openWithFile({});
    await manager.create("a", { token: "1" });
    const second = await replace({});
    halfAMinuteLater();
    await manager.get("a");
    vi.useRealTimers();
    await until("the second token is used", async () => {
      await manager.get("a");
      return (await lookups(server)) === 2;
    });
    await server.revokeToken(first);
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    await manager.close();
    expect(await server.isAlive(second)).toBe(true);
  });

  test("in a file is read again at once when Vault refuses it: no failed call", async () => {
    const { manager, replace, first, server } = await openWithFile({});
    await manager.create("a", { token: "1" });
    await replace({});
    await server.revokeToken(first);
    const secrets = await Promise.all(Array.from({ length: 100 }, () => manager.get("a")));
    expect(secrets.filter((secret) => secret?.value.token === "1")).toHaveLength(100);
    // Where the answer does not show that the token is revoked, each call asks.
    expect(await lookups(server)).toBeLessThanOrEqual(productOfTests.tellsInvalidTokens ? 2 : 102);
  });

  test("that is dead and has no replacement is refused at once, without a request for each call", async () => {
    const { manager, replace, first, server } = await openWithFile({});
    await manager.create("a", { token: "1" });
    await server.revokeToken(first);
    const dead = await failure(manager.get("a"));
    expect(dead).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_REFUSED" });
    expect(dead.message).toMatch(/expired, revoked or unknown.*token in a file is read again/);
    const requests = (await server.auditedRequests()).length;
    const startedAt = performance.now();
    for (let call = 0; call < 50; call++) await failure(manager.get("a"));
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    expect(await server.auditedRequests()).toHaveLength(requests);
    await replace({});
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("that is dead is looked up again half a minute later, still without making calls wait", async () => {
    const { manager, first, server } = await openWithFile({});
    await server.revokeToken(first);
    await failure(manager.get("a"));
    const before = (await server.auditedRequests()).length;
    halfAMinuteLater();
    for (let call = 0; call < 5; call++) {
      expect(await failure(manager.get("a"))).toMatchObject({
        code: "UNAUTHENTICATED",
        reason: "TOKEN_REFUSED",
      });
    }
    expect(await server.auditedRequests()).toHaveLength(before + 1);
  });

  test("that is dead at the start stops it with the remedy", async () => {
    const { server } = await prepare();
    const { token } = await server.createToken({ policies: ["application"] });
    await server.revokeToken(token);
    const error = await failure(openVault(vaultEnv(server.address, tokenEnv(token))));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_REFUSED" });
    expect(error.message).toMatch(/Provide another one/);
  });

  test("that cannot be renewed causes a warning with the time that is left", async () => {
    const { logger } = await openWithFile({ ttl: "1h", renewable: false });
    expect(logger.warnings.map(({ fields }) => fields)).toEqual([
      { code: "ARCHESTRA_SECRETS_VAULT_TOKEN_EXPIRES", seconds: expect.closeTo(3_600, -1) },
    ]);
  });

  test("that can be renewed lives on after its first time, however short that is", async () => {
    const { manager, first, server, logger } = await openWithFile({ ttl: "8s" });
    await until("it was renewed twice", async () => (await renewals(server)) >= 2);
    expect(await server.isAlive(first)).toBe(true);
    await manager.create("a", { token: "1" });
    expect(logger.warnings).toEqual([]);
    await manager.close();
    expect(await server.isAlive(first)).toBe(true);
  });

  test("with an explicit maximum is renewed up to it, warns at its final renewal, and is not looked up again", async () => {
    const { manager, server, logger } = await openWithFile({ ttl: "9s", explicitMaxTtl: "14s" });
    await until("it warns", () => logger.warnings.length > 0);
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
      "ARCHESTRA_SECRETS_VAULT_TOKEN_EXPIRES",
    ]);
    await until("it is dead", () =>
      manager.get("a").then(
        () => false,
        () => true,
      ),
    );
    expect(await renewals(server)).toBeLessThan(4);
    expect(await failure(manager.get("a"))).toMatchObject({ reason: "TOKEN_REFUSED" });
  });

  test("with a period is renewed for ever", async () => {
    const { server, first } = await openWithFile({ period: "8s" });
    await until("it was renewed twice", async () => (await renewals(server)) >= 2);
    expect(await server.isAlive(first)).toBe(true);
  });

  test("without the policy `default` is used as it is, with a note", async () => {
    const { manager, logger } = await openWithFile({ noDefaultPolicy: true });
    await manager.create("a", { token: "1" });
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
      "ARCHESTRA_SECRETS_VAULT_NO_DEFAULT_POLICY",
    ]);
  });

  test("with a few uses is looked up once, and ends with them", async () => {
    const { manager, server } = await openWithFile({ numUses: 12 });
    await manager.create("a", { token: "1" });
    let reads = 0;
    const ended = await failure(
      (async () => {
        for (;;) {
          await manager.get("a");
          reads++;
        }
      })(),
    );
    expect(ended).toMatchObject({ code: "UNAUTHENTICATED", reason: "TOKEN_REFUSED" });
    expect(reads).toBeGreaterThan(4);
    expect(await renewals(server)).toBe(0);
  });

  test("which is root serves, and is neither renewed nor revoked", async () => {
    const { server } = await prepare();
    const logger = recordedLogger();
    const manager = await openVault(vaultEnv(server.address, tokenEnv(server.rootToken)), { logger });
    await manager.create("a", { token: "1" });
    await manager.close();
    expect(await server.isAlive(server.rootToken)).toBe(true);
    expect(await renewals(server)).toBe(0);
    expect(logger.warnings).toEqual([]);
  });
});

/** The faked clock begins at 0, and not where the real one is. */
function halfAMinuteLater(): void {
  const before = performance.now();
  vi.useFakeTimers({ toFake: ["performance"] });
  vi.advanceTimersByTime(before + 31_000);
}

async function prepare() {
  const server = await vaultOfTest({ audit: true });
  await server.mountKv("secret", 2);
  await server.putPolicy("application", applicationPolicy);
  return { server };
}

async function openWithFile(options: TokenOptions) {
  const { server } = await prepare();
  const file = join(server.folder, "token");
  const replace = async (replacement: TokenOptions) => {
    const { token } = await server.createToken({ policies: ["application"], ...replacement });
    await writeFile(file, `${token}\n`);
    return token;
  };
  const first = await replace(options);
  const logger = recordedLogger();
  const env = vaultEnv(server.address, { ARCHESTRA_HASHICORP_VAULT_TOKEN_FILE: file });
  const manager = await openVault(env, { logger });
  return { server, manager, logger, first, replace };
}

type Server = Awaited<ReturnType<typeof vaultOfTest>>;

async function requestsTo(server: Server, path: string): Promise<number> {
  return (await server.auditedRequests()).filter((request) => request.path === path).length;
}

const lookups = (server: Server) => requestsTo(server, "auth/token/lookup-self");
const renewals = (server: Server) => requestsTo(server, "auth/token/renew-self");
