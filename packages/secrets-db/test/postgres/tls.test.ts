import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type Certificate,
  CertificateAuthority,
  selfSignedServer,
} from "@archestra/test-servers/certificate-authority";
import { type PostgresServer, startPostgres } from "@archestra/test-servers/postgres";
import { afterAll, beforeAll, expect, inject, test } from "vitest";
import { failure } from "../support/failure.ts";
import { defaultKey, startManager } from "../support/open-manager.ts";
import { describePostgres } from "../support/postgres-database.ts";
import { scratchFolder } from "../support/scratch-folder.ts";

const startOn = (url: string) =>
  startManager({ ARCHESTRA_DATABASE_URL: url, ARCHESTRA_SECRETS_ENCRYPTION_SECRET: defaultKey });

/** What a start on a URL ends with. */
async function outcome(url: string): Promise<string> {
  const manager = await startOn(url).catch((error: unknown) => error);
  if (manager instanceof Error) {
    const { code, reason, retryable } = await failure(Promise.reject(manager));
    return [code, reason, ...(retryable ? ["retryable"] : [])].join(" ");
  }
  return "opened";
}

describePostgres("TLS to PostgreSQL", () => {
  let authority: CertificateAuthority;
  /** Its certificate is for 127.0.0.1. It demands TLS of everyone, and a certificate of the user `certified`. */
  let server: PostgresServer;
  /** Its certificate is for another name. */
  let misnamed: PostgresServer;
  /** It signed its certificate itself. */
  let selfSigned: PostgresServer;

  beforeAll(async () => {
    authority = await CertificateAuthority.create();
    const startWith = async ({ cert, key }: Certificate) =>
      startPostgres(
        { ssl: "on", ssl_ca_file: "authority.crt" },
        {
          "server.crt": cert,
          "server.key": key,
          "authority.crt": authority.certificate,
          "pg_hba.conf": [
            "hostssl all certified 127.0.0.1/32 cert",
            "hostssl all all 127.0.0.1/32 scram-sha-256",
          ].join("\n"),
        },
      );
    [server, misnamed, selfSigned] = await Promise.all([
      startWith(await authority.issueServer(["127.0.0.1"])),
      startWith(await authority.issueServer(["db.example"])),
      startWith(await selfSignedServer("127.0.0.1")),
    ]);
  }, 240_000);

  afterAll(async () => {
    await Promise.all([server?.stop(), misnamed?.stop(), selfSigned?.stop()]);
  });

  const authorityFile = () => writtenFile("authority.pem", authority.certificate);

  test("`require` and `no-verify` encrypt and check no certificate, as libpq's `require` does", async () => {
    expect(await outcome(`${server.url}?sslmode=require`)).toBe("opened");
    expect(await outcome(`${server.url}?sslmode=no-verify`)).toBe("opened");
    expect(await outcome(`${server.url}?ssl=no-verify`)).toBe("opened");
  });

  test("`verify-full` trusts the authority of `sslrootcert`, and compares the host's name", async () => {
    const query = `?sslmode=verify-full&sslrootcert=${authorityFile()}`;
    expect(await outcome(server.url + query)).toBe("opened");
    expect(await outcome(misnamed.url + query)).toBe("INVALID_CONFIGURATION CERTIFICATE_NAME_MISMATCH");
  });

  test("`verify-ca`, and `require` with `sslrootcert`, check the authority and no name", async () => {
    const foreign = await CertificateAuthority.create("another");
    const foreignFile = writtenFile("foreign.pem", foreign.certificate);
    for (const mode of ["verify-ca", "require"]) {
      expect(await outcome(`${misnamed.url}?sslmode=${mode}&sslrootcert=${authorityFile()}`)).toBe("opened");
      expect(await outcome(`${misnamed.url}?sslmode=${mode}&sslrootcert=${foreignFile}`)).toBe(
        "INVALID_CONFIGURATION CERTIFICATE_UNTRUSTED",
      );
    }
  });

  test("`sslrootcert` alone means `verify-full`", async () => {
    expect(await outcome(`${server.url}?sslrootcert=${authorityFile()}`)).toBe("opened");
    expect(await outcome(`${misnamed.url}?sslrootcert=${authorityFile()}`)).toBe(
      "INVALID_CONFIGURATION CERTIFICATE_NAME_MISMATCH",
    );
  });

  test("a certificate of an authority that is not trusted is refused with what to add", async () => {
    for (const query of ["sslmode=verify-full", "ssl=true", "sslmode=verify-full&sslrootcert=system"]) {
      const error = await failure(startOn(`${server.url}?${query}`));
      expect(error).toMatchObject({
        code: "INVALID_CONFIGURATION",
        reason: "CERTIFICATE_UNTRUSTED",
        retryable: false,
        cause: { name: "Error" },
      });
      expect(error.message).toContain("sslrootcert=");
      expect(error.message).toMatch(/The PostgreSQL database postgres at 127\.0\.0\.1:\d+ has a certificate/);
    }
  });

  test("a self-signed certificate is refused in the same way", async () => {
    expect(await outcome(`${selfSigned.url}?sslmode=verify-full`)).toBe(
      "INVALID_CONFIGURATION CERTIFICATE_UNTRUSTED",
    );
    expect(await outcome(`${selfSigned.url}?sslmode=verify-full&sslrootcert=${authorityFile()}`)).toBe(
      "INVALID_CONFIGURATION CERTIFICATE_UNTRUSTED",
    );
  });

  test("a server without TLS is distinguished from one that cannot be reached", async () => {
    const error = await failure(startOn(`${inject("postgresUrl")}?sslmode=require`));
    expect(error).toMatchObject({
      code: "INVALID_CONFIGURATION",
      reason: "TLS_NOT_SUPPORTED",
      retryable: false,
    });
    expect(error.message).toContain("`sslmode=disable`");
  });

  test("a server that demands TLS says which parameter to add", async () => {
    for (const url of [server.url, `${server.url}?sslmode=disable`, `${server.url}?ssl=false`]) {
      const error = await failure(startOn(url));
      expect(error).toMatchObject({
        code: "INVALID_CONFIGURATION",
        reason: "TLS_REQUIRED",
        retryable: false,
        cause: { code: "28000" },
      });
      expect(error.message).toContain("?sslmode=verify-full");
    }
  });

  test("a user who needs a client certificate logs in with `sslcert` and `sslkey`", async () => {
    const { cert, key } = await authority.issueClient("certified");
    const folder = scratchFolder();
    writeFileSync(join(folder, "client.crt"), cert);
    writeFileSync(join(folder, "client.key"), key);
    const url = `${server.url.replace("postgres:test@", "certified@")}?sslmode=require`;
    expect(await outcome(url)).toBe("UNAUTHENTICATED CLIENT_CERTIFICATE_REFUSED");
    const files = `&sslcert=${join(folder, "client.crt")}&sslkey=${join(folder, "client.key")}`;
    // There is no such role; that is asked only of who has shown a certificate.
    const error = await failure(startOn(url + files));
    expect(error).toMatchObject({ code: "UNAUTHENTICATED", reason: "LOGIN_REFUSED" });
    const swapped = `&sslcert=${join(folder, "client.crt")}&sslkey=${join(folder, "client.crt")}`;
    expect(await outcome(url + swapped)).toBe("INVALID_CONFIGURATION CERTIFICATE_UNREADABLE");
  });
});

function writtenFile(name: string, content: string): string {
  const file = join(scratchFolder(), name);
  writeFileSync(file, content);
  return encodeURIComponent(file);
}
