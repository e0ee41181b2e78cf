/*
 * What no retry repairs is INVALID_CONFIGURATION, with the variable to correct, at the start and in calls. The answers of an
 * ingress or another server come from a stub.
 */

import { plantedText } from "@archestra/test-harness/planted-values";
import type { StubAnswer, StubVault } from "@archestra/test-servers/stub-vault";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { appRoleEnv, openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { openOnStub, startAnswers, stubbedVault } from "../support/stubbed-vault.ts";

const path = "/v1/secret/data/archestra/a";
const start = [...Object.keys(startAnswers), "GET /v1/sys/health", `GET ${path}`, `POST ${path}`];

function scriptAll(stub: StubVault, answer: (path: string) => StubAnswer): void {
  for (const request of start) {
    const [method = "", at = ""] = request.split(" ");
    stub.script(method, at, answer(at));
  }
}

function withToken(stub: StubVault): number {
  return stub.requests.filter(({ headers }) => headers["x-vault-token"] !== undefined).length;
}

const toHttps = (status: number, stub: StubVault) => (at: string) => ({
  status,
  headers: { location: `${stub.address.replace("http:", "https:")}${at}` },
});

const lasting: Readonly<Record<string, readonly [answer: StubAnswer, reason: string, remedy: string]>> = {
  "200 with a page": [{ status: 200, body: "<!doctype html><html>Welcome</html>" }, "NOT_VAULT", "ADDR"],
  "403 with a page": [{ status: 403, body: "<html>Forbidden</html>" }, "NOT_VAULT", "ADDR"],
  "404 with a page": [{ status: 404, body: "\n<html>Not Found</html>" }, "NOT_VAULT", "ADDR"],
  "404 with a text": [{ status: 404, body: "404 page not found" }, "NOT_VAULT", "ADDR"],
  "302 to a page for logging in": [
    { status: 302, headers: { location: "https://sso.example/" } },
    "REDIRECTED",
    "ADDR",
  ],
  "301 to another place": [{ status: 301, headers: { location: "/elsewhere" } }, "REDIRECTED", "ADDR"],
  "404 of an unknown namespace": [
    { status: 404, body: { errors: ["namespace not found"] } },
    "NAMESPACE_MISSING",
    "NAMESPACE",
  ],
  "400 of a port with TLS": [
    { status: 400, body: "Client sent an HTTP request to an HTTPS server.\n" },
    "HTTPS_REQUIRED",
    "https://",
  ],
  "400 of nginx on a port with TLS": [
    { status: 400, body: "<html><center>The plain HTTP request was sent to HTTPS port</center></html>" },
    "HTTPS_REQUIRED",
    "https://",
  ],
};

describe("a lasting misconfiguration (stub)", () => {
  test.for(Object.entries(lasting))("answered by %s stops the start", async ([_name, [answer, ...rest]]) => {
    const [reason, remedy] = rest;
    const stub = await stubbedVault();
    scriptAll(stub, () => answer);
    const error = await failure(openVault(vaultEnv(stub.address, tokenEnv(plantedText()))));
    expect([error.code, error.reason, error.retryable]).toEqual(["INVALID_CONFIGURATION", reason, false]);
    expect(error.message).toContain(remedy);
  });

  test.for(Object.entries(lasting))(
    "answered by %s to a call is not retryable",
    async ([_name, [answer, reason]]) => {
      const stub = await stubbedVault();
      const manager = await openOnStub(stub);
      scriptAll(stub, () => answer);
      const error = await failure(manager.get("a"));
      expect([error.code, error.reason, error.retryable]).toEqual(["INVALID_CONFIGURATION", reason, false]);
    },
  );

  test.for(Object.entries(lasting))(
    "answered by %s to a login stops the start",
    async ([_name, [answer, reason]]) => {
      const stub = await stubbedVault();
      stub.script("POST", "/v1/auth/approle/login", answer);
      const role = { roleId: plantedText(), secretId: plantedText() };
      const error = await failure(openVault(vaultEnv(stub.address, appRoleEnv(role))));
      expect([error.code, error.reason, error.retryable]).toEqual(["INVALID_CONFIGURATION", reason, false]);
    },
  );

  test.for([301, 302, 307, 308])(
    "a redirect by %i to https at the same host stops the start",
    async (status) => {
      const stub = await stubbedVault();
      scriptAll(stub, toHttps(status, stub));
      const error = await failure(openVault(vaultEnv(stub.address, tokenEnv(plantedText()))));
      expect([error.code, error.reason, error.retryable]).toEqual([
        "INVALID_CONFIGURATION",
        "HTTPS_REQUIRED",
        false,
      ]);
      expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_ADDR");
      expect(error.message).toContain("https://");
      expect(withToken(stub)).toBeLessThanOrEqual(1);
    },
  );

  test("a token is sent once to a server that asks for https, and again when it accepts http", async () => {
    const stub = await stubbedVault();
    const manager = await openOnStub(stub);
    const before = withToken(stub);
    scriptAll(stub, toHttps(308, stub));
    // An ingress may exempt the path of health checks.
    stub.script("GET", "/v1/sys/health", { status: 200, body: { initialized: true } });
    for (let call = 0; call < 5; call++) {
      expect((await failure(manager.get("a"))).reason).toBe("HTTPS_REQUIRED");
      expect((await failure(manager.create("a", { token: plantedText() }))).reason).toBe("HTTPS_REQUIRED");
      expect((await manager.check()).problems[0]?.reason).toBe("HTTPS_REQUIRED");
    }
    expect(withToken(stub) - before).toBe(1);
    stub.script("GET", path, { status: 404, body: { errors: [] } });
    expect(await manager.get("a")).toBeUndefined();
    expect(withToken(stub) - before).toBe(2);
  });
});

describe("the node to which a redirect leads (stub)", () => {
  async function openBehindRedirect() {
    const [standby, leader] = [await stubbedVault(), await stubbedVault()];
    const manager = await openOnStub(standby);
    scriptAll(standby, (at) => ({ status: 307, headers: { location: `${leader.address}${at}` } }));
    // A health check leads nowhere else.
    standby.script("GET", "/v1/sys/health", { status: 200, body: { initialized: true } });
    return { standby, leader, manager };
  }

  test.for([301, 308])(
    "asks for https by %i: it gets the token once, and again when it accepts http",
    async (status) => {
      const { standby, leader, manager } = await openBehindRedirect();
      scriptAll(leader, toHttps(status, leader));
      const before = withToken(standby);
      for (let call = 0; call < 3; call++) {
        const calls = [() => manager.get("a"), () => manager.create("a", { token: plantedText() })];
        for (const run of calls) {
          const error = await failure(run());
          expect([error.code, error.reason, error.retryable]).toEqual([
            "INVALID_CONFIGURATION",
            "HTTPS_REQUIRED",
            false,
          ]);
          expect(error.message).toContain(leader.address);
        }
      }
      expect(withToken(leader)).toBe(1);
      expect(leader.requests.filter(({ body }) => body !== "")).toEqual([]);
      // The standby itself has not asked for https.
      expect(withToken(standby) - before).toBe(6);
      leader.script("GET", path, { status: 404, body: { errors: [] } });
      expect(await manager.get("a")).toBeUndefined();
      expect(withToken(leader)).toBe(2);
    },
  );

  test("asks for https and is no longer led to: calls reach the next leader", async () => {
    const { standby, leader, manager } = await openBehindRedirect();
    scriptAll(leader, toHttps(308, leader));
    expect((await failure(manager.get("a"))).reason).toBe("HTTPS_REQUIRED");
    const next = await stubbedVault();
    next.script("GET", path, { status: 404, body: { errors: [] } });
    scriptAll(standby, (at) => ({ status: 307, headers: { location: `${next.address}${at}` } }));
    expect(await manager.get("a")).toBeUndefined();
    expect(withToken(leader)).toBe(1);
  });

  test("refuses plain HTTP on a port with TLS: the error names https", async () => {
    const { leader, manager } = await openBehindRedirect();
    scriptAll(leader, () => ({ status: 400, body: "Client sent an HTTP request to an HTTPS server.\n" }));
    const error = await failure(manager.get("a"));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "HTTPS_REQUIRED"]);
  });
});
