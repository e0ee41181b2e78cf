import { once } from "node:events";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { plantedText } from "@archestra/test-harness/planted-values";
import { CertificateAuthority } from "@archestra/test-servers/certificate-authority";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const CA = "ARCHESTRA_HASHICORP_VAULT_CACERT";
const DAY = 24 * 60 * 60 * 1_000;

test.each([
  ["has expired", new Date(Date.now() - 2 * DAY), new Date(Date.now() - DAY), "CERT_HAS_EXPIRED", "Renew it"],
  [
    "is not valid yet",
    new Date(Date.now() + DAY),
    new Date(Date.now() + 2 * DAY),
    "CERT_NOT_YET_VALID",
    "clocks",
  ],
])(
  "a certificate of the server that %s is reported with that reason",
  async (what, from, until, code, remedy) => {
    const authority = await CertificateAuthority.create();
    const server = createServer(await authority.issueServer(["127.0.0.1"], { from, until }));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    onTestFinished(() => void server.close());
    const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const env = vaultEnv(address, { ...tokenEnv(plantedText()), [CA]: authority.certificate });
    const error = await failure(openVault(env));
    expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "TLS", false]);
    for (const words of [what, code, remedy]) expect(error.message).toContain(words);
    expect(error.message).not.toContain(CA);
  },
);

describeVault("NODE_TLS_REJECT_UNAUTHORIZED=0", () => {
  test("does not turn off the check of certificates in strict mode, and is warned of otherwise", async () => {
    const server = await vaultOfTest({ tls: {} });
    await server.mountKv("secret", 2);
    const env = vaultEnv(server.address, tokenEnv(server.rootToken));
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = "0";
    onTestFinished(() => {
      delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    });
    const error = await failure(openVault(env, { strict: true, logger: recordedLogger() }));
    expect([error.code, error.reason]).toEqual(["UNAVAILABLE", "TLS"]);
    const logger = recordedLogger();
    const manager = await openVault(env, { logger });
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual([
      "ARCHESTRA_SECRETS_VAULT_TLS_NOT_CHECKED",
    ]);
    expect(await manager.get("a")).toBeUndefined();
  });
});
