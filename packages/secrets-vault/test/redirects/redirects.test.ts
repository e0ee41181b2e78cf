/*
 * A standby of a real Vault passes requests on, and the paths that we send need no cleaning, so that a stub answers here
 * with what a standby that cannot, an older build or something before Vault would. The last test has a real standby.
 */
import { createSecretsManager } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import type { StubVault } from "@archestra/test-servers/stub-vault";
import { startRaftCluster } from "@archestra/test-servers/vault-cluster";
import { describeHashicorpVault } from "@archestra/test-servers/vault-tests";
import { tokenAuth } from "@archestra/vault-auth-token";
import { Agent, type Dispatcher } from "undici";
import { describe, expect, onTestFinished, test } from "vitest";
import { vaultPlugin } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { openOnStub, startAnswers, stubbedVault } from "../support/stubbed-vault.ts";

const value = { token: plantedText() };
const written = {
  status: 200,
  body: { data: { version: 1, created_time: "2026-01-02T03:04:05.6Z", deletion_time: "", destroyed: false } },
};
const path = "/v1/secret/data/archestra/a%20%3F";
const name = "a ?";

function changesOn(stub: StubVault) {
  return stub.requests.filter(
    (request) => request.path.startsWith("/v1/secret/") && request.method !== "GET",
  );
}

describe("a redirect (stub)", () => {
  test("of 307 to another origin is followed once, with the same method, body, token and our own path", async () => {
    const [standby, leader] = [await stubbedVault(), await stubbedVault()];
    const manager = await openOnStub(standby);
    // As a standby says it: its leader's address and the path decoded.
    const location = `${leader.address}/v1/secret/data/archestra/a ?`;
    standby.script("POST", path, { status: 307, headers: { location } });
    leader.script("POST", path, written);
    await manager.create(name, value);
    const [sent, ...others] = changesOn(leader);
    expect(others).toEqual([]);
    expect(sent).toMatchObject({ line: `POST ${path} HTTP/1.1`, body: changesOn(standby)[0]?.body });
    expect(sent?.headers["x-vault-token"]).toBe(changesOn(standby)[0]?.headers["x-vault-token"]);
    expect(JSON.parse(sent?.body ?? "")).toEqual({ data: value, options: { cas: 0 } });
  });

  test.each(["", "/behind/proxy"])(
    "of an address with a path goes to the path from /v1/ on, behind the path %j of the leader",
    async (prefix) => {
      const [standby, leader] = [await stubbedVault(), await stubbedVault()];
      for (const [request, answer] of Object.entries(startAnswers)) {
        const [method = "", at = ""] = request.split(" ");
        standby.script(method, `/vault/prod${at}`, answer);
      }
      const env = vaultEnv(`${standby.address}/vault/prod/`, tokenEnv(plantedText()));
      const manager = await openVault(env);
      const location = `${leader.address}${prefix}/v1/secret/data/archestra/a ?`;
      standby.script("POST", `/vault/prod${path}`, { status: 307, headers: { location } });
      leader.script("POST", `${prefix}${path}`, written);
      await manager.create(name, value);
      expect(leader.requests.map(({ line }) => line)).toEqual([`POST ${prefix}${path} HTTP/1.1`]);
    },
  );

  test("is not followed a second time: nothing was changed", async () => {
    const [first, second, third] = [await stubbedVault(), await stubbedVault(), await stubbedVault()];
    const manager = await openOnStub(first);
    first.script("POST", path, { status: 307, headers: { location: `${second.address}${path}` } });
    second.script("POST", path, { status: 307, headers: { location: `${third.address}${path}` } });
    const { code, reason } = await failure(manager.create(name, value));
    expect([code, reason]).toEqual(["UNAVAILABLE", "REDIRECTED"]);
    expect([changesOn(first).length, changesOn(second).length, third.requests]).toEqual([1, 1, []]);
  });

  test("of a read to another origin takes the token there and nowhere else", async () => {
    const [standby, leader, foreign] = [await stubbedVault(), await stubbedVault(), await stubbedVault()];
    const manager = await openOnStub(standby);
    standby.script("GET", path, { status: 307, headers: { location: `${leader.address}/elsewhere` } });
    leader.script("GET", path, { status: 404, body: { errors: [] } });
    expect(await manager.get(name)).toBeUndefined();
    expect(leader.requests.map(({ line }) => line)).toEqual([`GET ${path} HTTP/1.1`]);
    expect(foreign.requests).toEqual([]);
  });

  test.for([301, 308])("of %i to a cleaned path is never followed: nothing was changed", async (status) => {
    const stub = await stubbedVault();
    const manager = await openOnStub(stub);
    stub.script("POST", path, { status, headers: { location: "/v1/secret/data/archestra/b" } });
    stub.script("GET", "/v1/secret/data/archestra/b", {
      status: 200,
      body: { data: { data: { token: "old" } } },
    });
    const { code, reason } = await failure(manager.create(name, value));
    expect([code, reason]).toEqual(["INTERNAL", "REDIRECTED"]);
    expect(stub.requests.filter(({ path }) => path.startsWith("/v1/secret/"))).toHaveLength(1);
  });

  test.for([
    { what: "to its own origin, which only corrects a path", location: "/v1/secret/data/archestra/b" },
    { what: "to an invalid address", location: "http://[" },
    { what: "to another protocol", location: "ftp://127.0.0.1/v1/secret/data/archestra/a" },
    { what: "to nowhere", location: undefined },
  ])("of 307 $what is not followed: nothing was changed", async ({ location }) => {
    const stub = await stubbedVault();
    const manager = await openOnStub(stub);
    stub.script("POST", path, { status: 307, headers: location === undefined ? {} : { location } });
    const { code, reason } = await failure(manager.create(name, value));
    expect([code, reason]).toEqual([location?.startsWith("/") ? "INTERNAL" : "UNAVAILABLE", "REDIRECTED"]);
    expect(changesOn(stub)).toHaveLength(1);
  });

  test("from https to http is not followed, so that neither token nor value crosses the network readable", async () => {
    const leader = await stubbedVault();
    // What a standby with TLS would answer; the dispatcher stands for it and its connection.
    const asked: Dispatcher.DispatchOptions[] = [];
    const standby = await stubbedVault();
    const agent = new Agent();
    onTestFinished(() => agent.close());
    const dispatcher = agent.compose((dispatch) => (options, handler) => {
      asked.push(options);
      return dispatch({ ...options, origin: standby.address }, handler);
    });
    standby.script("POST", path, { status: 307, headers: { location: `${leader.address}${path}` } });
    const manager = await createSecretsManager({
      plugins: [vaultPlugin({ dispatcher }), tokenAuth()],
      env: vaultEnv("https://vault.example", tokenEnv(plantedText())),
    });
    onTestFinished(() => manager.close());
    expect((await failure(manager.create(name, value))).reason).toBe("REDIRECTED");
    expect(new Set(asked.map(({ origin }) => String(origin)))).toEqual(new Set(["https://vault.example"]));
    expect(leader.requests).toEqual([]);
  });
});

describeHashicorpVault("a real standby that may not pass a request on", () => {
  test("redirects to its leader, and reads and writes get there", async () => {
    const rootToken = plantedText();
    const cluster = await startRaftCluster({ rootToken });
    onTestFinished(() => cluster.stop());
    const leader = await cluster.leader();
    await leader.mountKv("secret", 2);
    const [standby] = await cluster.standbys();
    const agent = new Agent();
    onTestFinished(() => agent.close());
    const origins = new Set<string>();
    const dispatcher = agent.compose((dispatch) => (options, handler) => {
      origins.add(String(options.origin));
      const headers = {
        ...(options.headers as Record<string, string>),
        "X-Vault-No-Request-Forwarding": "1",
      };
      return dispatch({ ...options, headers }, handler);
    });
    const manager = await createSecretsManager({
      plugins: [vaultPlugin({ dispatcher }), tokenAuth()],
      env: vaultEnv(standby?.address ?? "", tokenEnv(rootToken)),
    });
    onTestFinished(() => manager.close());
    const names = ["a", "b/ü %2F?#", "c+d"];
    for (const each of names) await manager.create(each, value);
    for (const each of names) expect((await manager.get(each))?.value).toEqual(value);
    expect((await Array.fromAsync(manager.list())).map(({ name }) => name)).toEqual(names);
    expect(await manager.delete("a")).toBe(true);
    expect(origins).toEqual(new Set([standby?.address, leader.address]));
  });
});
