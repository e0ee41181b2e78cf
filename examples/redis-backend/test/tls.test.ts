import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { createServer, getCACertificates, setDefaultCACertificates } from "node:tls";
import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { beforeAll, expect, onTestFinished, test } from "vitest";
import { redisPlugin } from "../src/index.ts";
import { admin, KEY, server } from "./redis-server.ts";

/** Issues a certificate that no authority signed. @returns its certificate and key, in PEM */
function issueFor(subject: string) {
  const [certFile, keyFile] = [join(server.folder, "cert.pem"), join(server.folder, "key.pem")];
  const names = ["-subj", "/CN=test", "-addext", `subjectAltName=${subject}`];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"];
  const files = ["-out", certFile, "-keyout", keyFile];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, ...names, ...files], { stdio: "pipe" });
  return { cert: readFileSync(certFile, "utf8"), key: readFileSync(keyFile, "utf8") };
}

const right = issueFor("IP:127.0.0.1");
const misnamed = issueFor("DNS:redis.example");
const unknown = issueFor("IP:127.0.0.1");

/** Not every Redis is built with TLS, so a server in front of it ends the encryption. */
async function startTls(certificate: { readonly cert: string; readonly key: string }): Promise<number> {
  const front = createServer(certificate, (client) => {
    const redis = connect(server.port, "127.0.0.1");
    for (const [from, to] of [[client, redis] as const, [redis, client] as const]) {
      from.on("error", () => to.destroy()).on("close", () => to.destroy());
      from.pipe(to);
    }
  });
  front.on("tlsClientError", () => {});
  await new Promise<void>((resolve) => front.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void front.close());
  return (front.address() as AddressInfo).port;
}

async function open(url: string): Promise<SecretsManager> {
  const secrets = await createSecretsManager({
    plugins: [redisPlugin()],
    manager: "REDIS",
    env: { SECRETS_REDIS_URL: url, SECRETS_REDIS_KEY: KEY },
    logger: { warn() {} },
  });
  onTestFinished(() => secrets.close());
  return secrets;
}

beforeAll(() => {
  // As NODE_EXTRA_CA_CERTS does.
  setDefaultCACertificates([...getCACertificates("default"), right.cert, misnamed.cert]);
});

test("`rediss://` encrypts the connection to a server whose certificate is trusted", async () => {
  const secrets = await open(`rediss://127.0.0.1:${await startTls(right)}`);
  await secrets.set("tls", { token: "1" });
  expect((await secrets.get("tls"))?.value).toEqual({ token: "1" });
  expect(await admin.exists("{secrets}:secret:tls")).toBe(1);
});

test.each([
  ["of an unknown authority", unknown],
  ["for another name", misnamed],
])("a certificate %s stops the start with INVALID_CONFIGURATION", async (_which, certificate) => {
  const address = `rediss://127.0.0.1:${await startTls(certificate)}`;
  await expect(open(address)).rejects.toMatchObject({ code: "INVALID_CONFIGURATION" });
});

test("`redis://` on a server that demands TLS is UNAVAILABLE", async () => {
  const secrets = await open(`redis://127.0.0.1:${await startTls(right)}`);
  await expect(secrets.get("tls")).rejects.toMatchObject({ code: "UNAVAILABLE" });
});
