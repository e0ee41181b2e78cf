/*
 * Answers that our Vault cannot be made to send: of an election, of Enterprise, of something before Vault. A stub
 * gives them.
 */

import { plantedText } from "@archestra/test-harness/planted-values";
import type { StubAnswer } from "@archestra/test-servers/stub-vault";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

const value = { token: plantedText() };
const path = "/v1/secret/data/archestra/a";
const created_time = "2026-01-02T03:04:05.6Z";
const written = {
  status: 200,
  body: { data: { version: 1, created_time, deletion_time: "", destroyed: false } },
};
const read = (data: object, version = 1) => ({
  status: 200,
  body: { data: { data, metadata: { version, created_time, deletion_time: "", destroyed: false } } },
});
const html = { status: 503, body: "<html><body>503 Service Unavailable</body></html>" };

/** Answers that pass, and that say that nothing was done. */
const notExecuted: readonly (StubAnswer & { readonly words: string })[] = [
  {
    words: "500 of an election",
    status: 500,
    body: { errors: ["local node not active but active cluster node not found"] },
  },
  {
    words: "412 of a node that lags behind",
    status: 412,
    body: { errors: ["required index state not present"] },
  },
  { words: "503 of a node that is not active", status: 503, body: { errors: ["node is not active"] } },
  {
    words: "503 of a cluster without a leader",
    status: 503,
    body: { errors: ["no active Vault instance found"] },
  },
  {
    words: "400 of a mount that is being upgraded",
    status: 400,
    body: { errors: ["Upgrading from non-versioned to versioned data. This backend will be unavailable"] },
  },
];

describe("an answer that passes and says that nothing was done (stub)", () => {
  test.for(notExecuted)("$words: a read, and a creation, are repeated", async (answer) => {
    const stub = await stubbedVault();
    stub.script("GET", path, answer, read(value));
    stub.script("POST", path, answer, written);
    const manager = await openOnStub(stub);
    expect((await manager.get("a"))?.value).toEqual(value);
    expect(await manager.create("a", value)).toMatchObject({ version: `VAULT:1@${created_time}` });
  });

  test.for(notExecuted)(
    "$words, again and again: UNAVAILABLE, nothing was changed, and nothing is read back",
    async (answer) => {
      const stub = await stubbedVault();
      stub.script("POST", path, answer);
      const manager = await openOnStub(stub, { timeout: 10_000 });
      const { code, retryable } = await failure(manager.create("a", value));
      expect([code, retryable]).toEqual(["UNAVAILABLE", true]);
      expect(
        stub.requests.filter((request) => request.path.startsWith(path) && request.method === "GET"),
      ).toEqual([]);
    },
  );
});

describe("an answer that says nothing of what was done (stub)", () => {
  const ambiguous: readonly (StubAnswer & { readonly words: string })[] = [
    { words: "503 with a page of HTML", ...html },
    { words: "502 of a load balancer", status: 502, body: "Bad Gateway" },
    { words: "504 of a load balancer", status: 504, body: "" },
    { words: "500 internal error", status: 500, body: { errors: ["internal error"] } },
  ];

  test.for(ambiguous)("$words: a read is repeated", async (answer) => {
    const stub = await stubbedVault();
    stub.script("GET", path, answer, read(value));
    expect((await (await openOnStub(stub)).get("a"))?.value).toEqual(value);
  });

  test.for(ambiguous)("$words: it is not read as absence", async (answer) => {
    const stub = await stubbedVault();
    stub.script("GET", path, answer);
    const manager = await openOnStub(stub, { timeout: 10_000 });
    expect((await failure(manager.get("a"))).code).toBe("UNAVAILABLE");
    expect((await failure(manager.has("a"))).code).toBe("UNAVAILABLE");
  });

  test.for(ambiguous)("$words: an update is repeated under the same condition", async (answer) => {
    const stub = await stubbedVault();
    stub.script("GET", path, read({ token: "old" }, 4));
    stub.script("POST", path, answer, { status: 200, body: { data: { version: 5, created_time } } });
    await (await openOnStub(stub)).update("a", value);
    const bodies = stub.requests.filter(({ method, path: at }) => method === "POST" && at === path);
    expect(bodies.map(({ body }) => JSON.parse(body).options)).toEqual([{ cas: 4 }, { cas: 4 }]);
  });

  test.for(ambiguous)("$words, again and again: a creation is not known to have happened", async (answer) => {
    const stub = await stubbedVault();
    stub.script("POST", path, answer);
    stub.script("GET", `${path}?version=1`, answer);
    const manager = await openOnStub(stub, { timeout: 10_000 });
    expect((await failure(manager.create("a", value))).code).toBe("OUTCOME_UNKNOWN");
  });
});

describe("an answer that did not come from Vault (stub)", () => {
  const page = { code: "INVALID_CONFIGURATION", reason: "NOT_VAULT" };
  const nonsense: readonly (StubAnswer & { words: string; code?: string; reason?: string })[] = [
    { words: "200 with a page of HTML", status: 200, body: "<html>Welcome</html>", ...page },
    { words: "200 with an empty body", status: 200 },
    { words: "200 with JSON of something else", status: 200, body: { ok: true } },
    { words: "200 with JSON that is not an object", status: 200, body: "[1, 2]" },
    { words: "200 with half of a JSON object", status: 200, body: '{"data":{"data":{"tok' },
    {
      words: "200 with data of another shape",
      status: 200,
      body: { data: { data: "text", metadata: null } },
    },
    { words: "204 where there is something to say", status: 204 },
    { words: "404 with a page of HTML", status: 404, body: "<html>Not Found</html>", ...page },
    { words: "404 with an empty body", status: 404 },
    { words: "404 with a warning", status: 404, body: { errors: [], warnings: ["something is odd"] } },
    { words: "418", status: 418, body: "I am a teapot", ...page },
    { words: "599", status: 599 },
    {
      words: "302 to a page for logging in",
      status: 302,
      headers: { location: "https://sso.example/" },
      code: "INVALID_CONFIGURATION",
      reason: "REDIRECTED",
    },
  ];

  test.for(nonsense)("$words: a read fails, and nothing is reported as absent", async (answer) => {
    const stub = await stubbedVault();
    stub.script("GET", path, answer);
    const manager = await openOnStub(stub, { timeout: 10_000 });
    const { code, reason } = await failure(manager.get("a"));
    const expected = { code: "UNAVAILABLE", reason: "UNEXPECTED_ANSWER", ...answer };
    expect([code, reason]).toEqual([expected.code, expected.reason]);
    expect((await manager.getMany(["a"])).get("a")?.status).toBe("failed");
  });

  test.for(nonsense)("$words: a change is not known to have happened", async (answer) => {
    const stub = await stubbedVault();
    stub.script("POST", path, answer);
    stub.script("GET", `${path}?version=1`, answer);
    const manager = await openOnStub(stub, { timeout: 10_000 });
    expect((await failure(manager.create("a", value))).code).toBe("OUTCOME_UNKNOWN");
  });

  test.for(nonsense)("$words to an update, which reading back shows to have happened", async (answer) => {
    const stub = await stubbedVault();
    stub.script("GET", path, read({ token: "old" }, 4));
    stub.script("POST", path, answer);
    stub.script("GET", `${path}?version=5`, read(value, 5));
    const manager = await openOnStub(stub, { timeout: 10_000 });
    expect(await manager.update("a", value)).toMatchObject({ version: `VAULT:5@${created_time}` });
  });
});

describe("a refusal that is for ever (stub)", () => {
  test.for([
    { words: "400 in plain text, for a request that cannot be read", status: 400, body: "400 Bad Request" },
    { words: "405", status: 405, body: { errors: ["unsupported operation"] } },
    {
      words: "412 for a header that is missing",
      status: 412,
      body: { errors: ["missing 'X-Vault-Request' header"] },
    },
    { words: "400 with a text that is not known", status: 400, body: { errors: ["something new"] } },
  ])("$words: a creation fails, was not made, and is not repeated", async (answer) => {
    const stub = await stubbedVault();
    stub.script("POST", path, answer);
    const manager = await openOnStub(stub);
    expect((await failure(manager.create("a", value))).code).toBe("INTERNAL");
    expect(stub.requests.filter((request) => request.path.startsWith(path))).toHaveLength(1);
  });
});

test("an answer of 200 with warnings is what it is without them (stub)", async () => {
  const stub = await stubbedVault();
  const { body } = read(value);
  stub.script("GET", path, { status: 200, body: { ...body, warnings: ["TTL of something was capped"] } });
  expect((await (await openOnStub(stub)).get("a"))?.value).toEqual(value);
});

describeVault("a Vault with TLS that is addressed by http", () => {
  test("stops the start, with the address as the thing to correct", async () => {
    const server = await vaultOfTest({ rootToken: plantedText(), tls: {} });
    const address = server.address.replace("https:", "http:");
    const error = await failure(
      openVault(vaultEnv(address, tokenEnv(server.rootToken)), { logger: recordedLogger() }),
    );
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "HTTPS_REQUIRED"]);
    expect(error.message).toContain("ARCHESTRA_HASHICORP_VAULT_ADDR");
  });
});
