import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Environment } from "@archestra/secrets-core";
import { CertificateAuthority } from "@archestra/test-servers/certificate-authority";
import type { VaultOptions, VaultTls } from "@archestra/test-servers/vault-server";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";

const CA = "ARCHESTRA_HASHICORP_VAULT_CACERT";
const CERT = "ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT";
const KEY = "ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY";
const NAME = "ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME";

async function serverWith(options: VaultOptions["tls"] = {}) {
  const server = await vaultOfTest({ tls: options });
  await server.mountKv("secret", 2);
  const env = (more: Environment) => vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...more });
  return { server, tls: server.tls as VaultTls, env };
}

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), "archestra-tls-"));
  onTestFinished(() => rm(path, { recursive: true }));
  return path;
}

async function fileOf(content: string): Promise<string> {
  const path = join(await folder(), "file.pem");
  await writeFile(path, content);
  return path;
}

async function expectWorks(env: Environment): Promise<void> {
  const logger = recordedLogger();
  const manager = await openVault(env, { logger, strict: true });
  expect(logger.warnings).toEqual([]);
  await manager.create("a", { token: "1" });
  expect((await manager.get("a"))?.value).toEqual({ token: "1" });
}

describeVault("TLS", () => {
  test("trusts a private authority, by its file and by its PEM, also after other certificates", async () => {
    const { tls, env } = await serverWith();
    await expectWorks(env({ [CA]: await fileOf(tls.authority) }));
    const { server: _server, ...second } = await serverWith();
    await expectWorks(second.env({ [CA]: second.tls.authority }));
    const { certificate: other } = await CertificateAuthority.create("another authority");
    const third = await serverWith();
    await expectWorks(third.env({ [CA]: `${other}\n${third.tls.authority}` }));
  });

  test("accepts certificates and keys as base64, and with escaped or missing line breaks", async () => {
    const { tls, env } = await serverWith({ requireClientCertificate: true });
    const base64 = (pem: string) => Buffer.from(pem).toString("base64");
    const wrapped = (pem: string) =>
      `${base64(pem)
        .match(/.{1,76}/g)
        ?.join("\n")}\n`;
    const forms: readonly ((pem: string) => string | Promise<string>)[] = [
      base64,
      wrapped,
      (pem) => fileOf(wrapped(pem)),
      (pem) => pem.trim().replaceAll(/\r?\n/g, "\\n"),
      (pem) => pem.trim().replaceAll(/\r?\n/g, " "),
    ];
    for (const [index, form] of forms.entries()) {
      const logger = recordedLogger();
      const settings = {
        [CA]: await form(tls.authority),
        [CERT]: await form(tls.client.cert),
        [KEY]: await form(tls.client.key),
      };
      const manager = await openVault(env(settings), { logger, strict: true });
      expect(logger.warnings, `form ${index}`).toEqual([]);
      expect(await manager.get("a"), `form ${index}`).toBeUndefined();
    }
  });

  test("shows its certificate to a server that requires one", async () => {
    const { tls, env } = await serverWith({ requireClientCertificate: true });
    await expectWorks(
      env({
        [CA]: tls.authority,
        [CERT]: await fileOf(tls.client.cert),
        [KEY]: await fileOf(tls.client.key),
      }),
    );
    const second = await serverWith({ requireClientCertificate: true });
    await expectWorks(
      second.env({
        [CA]: second.tls.authority,
        [CERT]: second.tls.client.cert,
        [KEY]: second.tls.client.key,
      }),
    );
  });

  test("compares the certificate with the given name of the server", async () => {
    const { tls, env } = await serverWith({ serverNames: ["vault.internal"] });
    await expectWorks(env({ [CA]: tls.authority, [NAME]: "vault.internal" }));
  });

  const broken: Readonly<
    Record<string, { server?: VaultOptions["tls"]; env: (tls: VaultTls) => Environment; names: string }>
  > = {
    "of an authority that is not known": { env: () => ({}), names: CA },
    "with another name": {
      server: { serverNames: ["vault.internal"] },
      env: ({ authority }) => ({ [CA]: authority }),
      names: NAME,
    },
    "with a name that is not the given one": {
      env: ({ authority }) => ({ [CA]: authority, [NAME]: "vault.example.com" }),
      names: NAME,
    },
  };

  test.each(Object.entries(broken))(
    "with a server %s stops the start and names what to set",
    async (_kind, { server, env, names }) => {
      const started = await serverWith(server);
      const error = await failure(openVault(started.env(env(started.tls))));
      expect([error.code, error.reason, error.retryable]).toEqual(["UNAVAILABLE", "TLS", false]);
      expect(error.message).toContain(names);
    },
  );

  test("to a server that requires a client certificate reports the settings for one", async () => {
    const { tls, env } = await serverWith({ requireClientCertificate: true });
    const logger = recordedLogger();
    // The alert comes after the handshake, where the server may as well have broken down: the start goes on.
    const manager = await openVault(env({ [CA]: tls.authority }), { logger });
    expect(logger.warnings[0]?.message).toContain(CERT);
    expect(logger.warnings[0]?.message).toContain(KEY);
    const error = await failure(manager.get("a"));
    expect(error.code).toBe("UNAVAILABLE");
    expect(error.message).toContain(CERT);
  });

  test("with a certificate of another authority stops the start", async () => {
    const { env } = await serverWith();
    const { certificate } = await CertificateAuthority.create("another authority");
    const error = await failure(openVault(env({ [CA]: certificate })));
    expect([error.code, error.reason]).toEqual(["UNAVAILABLE", "TLS"]);
  });

  test("to a server that speaks plain HTTP is reported as missing", async () => {
    const server = await vaultOfTest();
    const env = vaultEnv(server.address.replace("http:", "https:"), tokenEnv(server.rootToken));
    const error = await failure(openVault(env));
    expect([error.code, error.retryable]).toEqual(["UNAVAILABLE", false]);
    expect(error.message).toContain("TLS");
  });
});

describeVault("a PEM setting", () => {
  test("that cannot be used stops the start before a request, and shows no key", async () => {
    const { client } = (await serverWith()).tls;
    const other = await (await CertificateAuthority.create()).issueClient("other");
    const missing = join(await folder(), "none.pem");
    const cases: readonly (readonly [env: Environment, reason: string, variable: string])[] = [
      [{ [CA]: missing }, "UNREADABLE_FILE", CA],
      [{ [CA]: await folder() }, "UNREADABLE_FILE", CA],
      [{ [CA]: await fileOf("no PEM") }, "INVALID_PEM", CA],
      [{ [CA]: await fileOf("") }, "INVALID_PEM", CA],
      [{ [CA]: await fileOf(client.key) }, "INVALID_PEM", CA],
      [{ [CA]: "-----BEGIN CERTIFICATE-----\nno\n-----END CERTIFICATE-----" }, "INVALID_CERTIFICATE", CA],
      [{ [CERT]: client.cert }, "INCOMPLETE_CLIENT_CERTIFICATE", KEY],
      [{ [KEY]: client.key }, "INCOMPLETE_CLIENT_CERTIFICATE", CERT],
      [{ [CERT]: client.cert, [KEY]: missing }, "UNREADABLE_FILE", KEY],
      [{ [CERT]: client.cert, [KEY]: client.cert }, "INVALID_PRIVATE_KEY", KEY],
      [{ [CERT]: client.cert, [KEY]: await fileOf(client.cert) }, "INVALID_PEM", KEY],
      [{ [CERT]: client.cert, [KEY]: other.key }, "MISMATCHED_CLIENT_CERTIFICATE", KEY],
    ];
    for (const [env, reason, variable] of cases) {
      const error = await failure(
        openVault(vaultEnv("https://127.0.0.1:1", { ...tokenEnv("a-token"), ...env })),
      );
      expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", reason]);
      expect(error.message).toContain(variable);
      expect(JSON.stringify([error, error.message])).not.toContain("BEGIN");
    }
  });
});
