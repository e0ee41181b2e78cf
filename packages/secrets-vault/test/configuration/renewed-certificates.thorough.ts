import { execFileSync } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CertificateAuthority } from "@archestra/test-servers/certificate-authority";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { startTlsFront } from "../support/tls-front.ts";

const CA = "ARCHESTRA_HASHICORP_VAULT_CACERT";
const CERT = "ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT";
const KEY = "ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY";
const HOST = "127.0.0.1";

async function vaultBehindFront(options: { readonly clients?: CertificateAuthority } = {}) {
  const server = await vaultOfTest();
  await server.mountKv("secret", 2);
  const authority = await CertificateAuthority.create("first");
  const clients = options.clients?.certificate;
  const tlsOf = async (issuer: CertificateAuthority, clientAuthority = clients) => ({
    ...(await issuer.issueServer([HOST])),
    ...(clientAuthority === undefined ? {} : { clientAuthority }),
  });
  const front = await startTlsFront(server.port, await tlsOf(authority));
  const file = (name: string) => join(server.folder, name);
  await writeFile(file("ca.pem"), authority.certificate);
  const env = vaultEnv(front.address, { ...tokenEnv(server.rootToken), [CA]: file("ca.pem") });
  return { server, authority, front, file, env, tlsOf };
}

describeVault("an authority that is replaced on disk", () => {
  test("is taken by the next connection, without a restart", async () => {
    const { front, file, env, tlsOf } = await vaultBehindFront();
    const manager = await openVault(env);
    await manager.create("a", { token: "1" });
    const second = await CertificateAuthority.create("second");
    await writeFile(file("ca.pem"), second.certificate);
    front.change(await tlsOf(second));
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("in the file of a variable that ends with _FILE is taken, too", async () => {
    const { front, file, env, tlsOf } = await vaultBehindFront();
    const manager = await openVault({ ...env, [CA]: "", [`${CA}_FILE`]: file("ca.pem") });
    await manager.create("a", { token: "1" });
    const second = await CertificateAuthority.create("second");
    await writeFile(file("ca.pem"), second.certificate);
    front.change(await tlsOf(second));
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("after connections failed because of it is taken by the next call", async () => {
    const { front, file, env, tlsOf } = await vaultBehindFront();
    const manager = await openVault(env);
    await manager.create("a", { token: "1" });
    const second = await CertificateAuthority.create("second");
    front.change(await tlsOf(second));
    for (let call = 0; call < 5; call++) {
      expect(await failure(manager.get("a"))).toMatchObject({ code: "UNAVAILABLE", reason: "TLS" });
    }
    await writeFile(file("ca.pem"), second.certificate);
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });

  test("by a file that is not a certificate keeps the previous one, with one warning", async () => {
    const { authority, front, file, env, tlsOf } = await vaultBehindFront();
    const logger = recordedLogger();
    const manager = await openVault(env, { logger });
    await manager.create("a", { token: "1" });
    await writeFile(file("ca.pem"), "");
    for (let connection = 0; connection < 3; connection++) {
      front.change(await tlsOf(authority));
      expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    }
    expect(logger.warnings.map(({ fields }) => fields.code)).toEqual(["ARCHESTRA_SECRETS_VAULT_TLS_FILES"]);
    expect(logger.warnings[0]?.message).toContain(CA);
  });

  test("by a pipe that no process writes into keeps no connection for long", async () => {
    const { authority, front, file, env, tlsOf } = await vaultBehindFront();
    const manager = await openVault(env, { logger: recordedLogger() });
    await manager.create("a", { token: "1" });
    await rm(file("ca.pem"));
    execFileSync("mkfifo", [file("ca.pem")]);
    front.change(await tlsOf(authority));
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
  });
});

describeVault("a client certificate that is renewed on disk", () => {
  test("is shown by the next connection, with its key", async () => {
    const clients = await CertificateAuthority.create("clients");
    const { authority, front, file, env, tlsOf } = await vaultBehindFront({ clients });
    const first = await clients.issueClient("application");
    await writeFile(file("client.pem"), first.cert);
    await writeFile(file("client.key"), first.key);
    const logger = recordedLogger();
    const more = { [CERT]: file("client.pem"), [KEY]: file("client.key") };
    const manager = await openVault({ ...env, ...more }, { logger });
    await manager.create("a", { token: "1" });
    const others = await CertificateAuthority.create("other clients");
    const second = await others.issueClient("application");
    // The certificate first, and the key when a connection has been made in between: the old pair goes on.
    await writeFile(file("client.pem"), second.cert);
    front.change(await tlsOf(authority));
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    await writeFile(file("client.key"), second.key);
    front.change(await tlsOf(authority, others.certificate));
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    expect(logger.warnings).toHaveLength(1);
  });
});
