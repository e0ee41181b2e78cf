import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { applicationPolicy, openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { until } from "../support/until.ts";

const TOKEN = "ARCHESTRA_HASHICORP_VAULT_TOKEN";

async function serverWithPolicy() {
  const server = await vaultOfTest();
  await server.mountKv("secret", 2);
  await server.putPolicy("application", applicationPolicy);
  return server;
}

describeVault("a given token", () => {
  test.each([
    ["a newline at its end", "\n"],
    ["a space at its end", " "],
    ["a carriage return", "\r\n"],
  ])("with %s in its middle is refused before a request, and not shown", async (_kind, space) => {
    const text = plantedText();
    const error = await failure(
      openVault(vaultEnv("http://127.0.0.1:1", tokenEnv(`${text}${space}${text}`))),
    );
    expect(error.code).toBe("INVALID_CONFIGURATION");
    expect(error.message).toContain(TOKEN);
    expect(error.message).toContain("must not contain a space or the end of a line");
  });

  test("that Vault does not know stops the start", async () => {
    const server = await serverWithPolicy();
    const error = await failure(openVault(vaultEnv(server.address, tokenEnv(`hvs.${plantedText()}`))));
    expect(error.code).toBe("UNAUTHENTICATED");
    expect(error.retryable).toBe(false);
  });

  test("that was revoked stops the start", async () => {
    const server = await serverWithPolicy();
    const { token } = await server.createToken({ policies: ["application"] });
    await server.revokeToken(token);
    expect((await failure(openVault(vaultEnv(server.address, tokenEnv(token))))).code).toBe(
      "UNAUTHENTICATED",
    );
  });

  test("that has expired stops the start", async () => {
    const server = await serverWithPolicy();
    const { token } = await server.createToken({ policies: ["application"], ttl: "1s" });
    await until("the token has expired", async () => !(await server.isAlive(token)));
    expect((await failure(openVault(vaultEnv(server.address, tokenEnv(token))))).code).toBe(
      "UNAUTHENTICATED",
    );
  });

  test("without the policy default works, with a warning", async () => {
    const server = await serverWithPolicy();
    const logger = recordedLogger();
    const { token } = await server.createToken({ policies: ["application"], noDefaultPolicy: true });
    const manager = await openVault(vaultEnv(server.address, tokenEnv(token)), { logger });
    await manager.create("a", { token: "1" });
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    expect((await manager.check({ count: true })).count).toBe(1);
    expect(await manager.delete("a")).toBe(true);
    const [warning, ...others] = logger.warnings;
    expect(warning?.fields.code).toBe("ARCHESTRA_SECRETS_VAULT_NO_DEFAULT_POLICY");
    expect(warning?.message).toContain("`default`");
    expect(others).toEqual([]);
  });

  test("of the application's policy alone causes no warning at all", async () => {
    const server = await serverWithPolicy();
    const logger = recordedLogger();
    const { token } = await server.createToken({ policies: ["application"] });
    await openVault(vaultEnv(server.address, tokenEnv(token)), { logger });
    expect(logger.warnings).toEqual([]);
  });
});
