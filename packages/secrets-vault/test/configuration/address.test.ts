import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { Agent } from "undici";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { openVaultThrough } from "../support/open-vault-through.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const ADDRESS = "ARCHESTRA_HASHICORP_VAULT_ADDR";

const refused: Readonly<Record<string, readonly [address: string, words: string]>> = {
  "without a scheme": ["vault.example.com:8200", "must begin with `https://` or `http://`"],
  "of another scheme": ["ftp://vault.example.com", "must begin with `https://` or `http://`"],
  "without a host": ["https://", "must be a URL"],
  "with a port that is none": ["https://vault.example.com:99999", "must be a URL"],
  "with a user and a password": [
    "https://user:planted@vault.example.com",
    "must not contain a user or a password",
  ],
  "with a user": ["https://user@vault.example.com", "must not contain a user or a password"],
  "with a query": ["https://vault.example.com/?token=planted", "must not contain `?` or `#`"],
  "with an empty query": ["https://vault.example.com?", "must not contain `?` or `#`"],
  "with a fragment": ["https://vault.example.com/#planted", "must not contain `?` or `#`"],
  "that ends with /v1": ["https://vault.example.com/v1/", "must not end with `/v1`"],
};

describeVault("an address", () => {
  test.each(Object.entries(refused))(
    "%s is refused with the variable and what is expected",
    async (_kind, [address, words]) => {
      const error = await failure(openVault(vaultEnv(address, tokenEnv("a-token"))));
      expect(error.code).toBe("INVALID_CONFIGURATION");
      expect(error.message).toContain(ADDRESS);
      expect(error.message).toContain(words);
      expect(error.message).not.toContain("planted");
    },
  );

  test("of plain http is refused in strict mode, and says what to use", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const opened = openVault(vaultEnv(server.address, tokenEnv(server.rootToken)), { strict: true });
    const error = await failure(opened);
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "PLAIN_HTTP"]);
    expect(error.message).toContain(ADDRESS);
    expect(error.message).toContain("Use https");
  });

  test("of plain http is warned of, but for the loopback", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    // Every name is this machine.
    const agent = new Agent({
      connect: { lookup: (_host, _options, found) => found(null, [{ address: "127.0.0.1", family: 4 }]) },
    });
    onTestFinished(() => agent.close());
    const warnedOf = async (host: string) => {
      const logger = recordedLogger();
      const env = vaultEnv(`http://${host}:${server.port}`, tokenEnv(server.rootToken));
      await openVaultThrough(agent, env, { logger });
      return logger.warnings.map(({ fields }) => fields.code);
    };
    for (const host of ["127.0.0.1", "localhost"]) expect(await warnedOf(host), host).toEqual([]);
    expect(await warnedOf("vault.example.com")).toEqual(["ARCHESTRA_SECRETS_VAULT_PLAIN_HTTP"]);
    expect(await warnedOf("127.evil.example.com")).toEqual(["ARCHESTRA_SECRETS_VAULT_PLAIN_HTTP"]);
  });
});
