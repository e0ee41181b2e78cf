/* A real server sends complete metadata, so a stub answers here as a proxy or another API would. */
import type { SecretsManager } from "@archestra/secrets-core";
import type { StubAnswer, StubVault } from "@archestra/test-servers/stub-vault";
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

const value = "/v1/secret/data/archestra/a";
const entry = "/v1/secret/metadata/archestra/a";
const folder = "/v1/secret/metadata/archestra?list=true";

const request_id = "2c5c8a2f-95e4-6b1c-5b0a-3f6a6d9c0b11";
const created_time = "2026-01-02T03:04:05.6Z";
const damaged: StubAnswer = { status: 500, body: { errors: ["could not find version data to return"] } };
const written: StubAnswer = { status: 200, body: { request_id, data: { version: 2, created_time } } };
const version = { created_time, deletion_time: "", destroyed: false };
const noVersion = { created_time, current_version: 0, versions: {} };
const oneVersion = { created_time, current_version: 1, versions: { 1: version } };

function metadata(data: unknown): StubAnswer {
  return { status: 200, body: { request_id, data } };
}

function metadataOf(change: object): StubAnswer {
  return metadata({ ...oneVersion, versions: { 1: { ...version, ...change } } });
}

/** Answers that do not say which version a secret has. */
const withoutCounter: Readonly<Record<string, StubAnswer>> = {
  "a 204": { status: 204 },
  "a 200 without a body": { status: 200 },
  "a 200 with an empty object": { status: 200, body: {} },
  "a 200 with the envelope alone": { status: 200, body: { request_id } },
  "a 200 with no fields": metadata({}),
  "a 200 with a list": metadata([]),
  "a 200 without current_version": metadata({ created_time, versions: { 1: version } }),
  "a 200 with null as current_version": metadata({ ...oneVersion, current_version: null }),
  "a 200 with a text as current_version": metadata({ ...oneVersion, current_version: "1" }),
  "a 200 with a negative current_version": metadata({ ...oneVersion, current_version: -1 }),
  "a 200 with a fraction as current_version": metadata({ ...oneVersion, current_version: 0.5 }),
  "a 200 with current_version 0 that lacks Vault's id of the request": {
    status: 200,
    body: { data: noVersion },
  },
  "a 200 with current_version 0 and no versions": metadata({ created_time, current_version: 0 }),
  "a 200 with current_version 0 and null as versions": metadata({ ...noVersion, versions: null }),
  "a 200 with current_version 0 and a version": metadata({ ...oneVersion, current_version: 0 }),
};

/** Answers that do not say whether the current version was deleted. */
const withoutState: Readonly<Record<string, StubAnswer>> = {
  "a 200 without the current version": metadata({ ...oneVersion, current_version: 2 }),
  "a 200 with null as the current version": metadata({ ...oneVersion, versions: { 1: null } }),
  "a 200 with a text as the current version": metadata({ ...oneVersion, versions: { 1: "1" } }),
  "a 200 with a text as `destroyed`": metadataOf({ destroyed: "false" }),
  "a 200 without `destroyed`": metadataOf({ destroyed: undefined }),
  "a 200 with a number as `deletion_time`": metadataOf({ deletion_time: 0 }),
  "a 200 with a `deletion_time` that is not a time": metadataOf({ deletion_time: "never" }),
  "a 200 with a destroyed version that lacks Vault's id of the request": {
    status: 200,
    body: { data: { ...oneVersion, versions: { 1: { ...version, destroyed: true } } } },
  },
};

async function openDamaged(answer: StubAnswer): Promise<{ stub: StubVault; manager: SecretsManager }> {
  const stub = await stubbedVault();
  stub
    .script("GET", value, damaged)
    .script("GET", entry, answer)
    .script("POST", value, written)
    .script("DELETE", entry, { status: 204 });
  return { stub, manager: await openOnStub(stub) };
}

function changesOn(stub: StubVault): readonly string[] {
  return stub.requests
    .filter(({ method, path }) => method !== "GET" && path.startsWith("/v1/secret/"))
    .map(({ line }) => line);
}

const unexpected = ["UNAVAILABLE", "UNEXPECTED_ANSWER"];

describe("metadata of a damaged secret (stub)", () => {
  test.for(Object.entries(withoutCounter))(
    "that is %s is an error of update(), set() and delete(), which change nothing",
    async ([_kind, answer]) => {
      const { stub, manager } = await openDamaged(answer);
      for (const call of [
        () => manager.update("a", { of: "us" }),
        () => manager.set("a", { of: "us" }),
        () => manager.delete("a"),
      ]) {
        const { code, reason } = await failure(call());
        expect([code, reason]).toEqual(unexpected);
      }
      expect(changesOn(stub)).toEqual([]);
    },
  );

  test("that has no version any more is NOT_FOUND to update(), which creates nothing", async () => {
    const { stub, manager } = await openDamaged(metadata(noVersion));
    expect((await failure(manager.update("a", { of: "us" }))).code).toBe("NOT_FOUND");
    expect(changesOn(stub)).toEqual([]);
  });

  test("that is absent by now is NOT_FOUND to update(), and set() creates the secret", async () => {
    const { stub, manager } = await openDamaged({ status: 404, body: { errors: [] } });
    expect((await failure(manager.update("a", { of: "us" }))).code).toBe("NOT_FOUND");
    stub.script("POST", value, {
      status: 200,
      body: { request_id, data: { version: 1, created_time } },
    });
    await manager.set("a", { of: "us" });
    expect(JSON.parse(stub.requests.at(-1)?.body ?? "").options).toEqual({ cas: 0 });
  });

  test("that is complete lets update() and set() write under its counter, and delete() delete", async () => {
    const { stub, manager } = await openDamaged(metadata(oneVersion));
    await manager.update("a", { of: "us" });
    await manager.set("a", { of: "us" });
    expect(await manager.delete("a")).toBe(true);
    const bodies = stub.requests.filter(({ method, path }) => method === "POST" && path === value);
    expect(bodies.map(({ body }) => JSON.parse(body).options)).toEqual([{ cas: 1 }, { cas: 1 }]);
    expect(changesOn(stub).at(-1)).toBe(`DELETE ${entry} HTTP/1.1`);
  });
});

describe("a damaged secret under a metadata path of its own (stub)", () => {
  const own = "/v1/secret/rewritten/archestra/a";

  async function openOwn(after: StubAnswer, entry = metadata(oneVersion)) {
    const stub = await stubbedVault();
    stub
      .script("GET", value, damaged, damaged, after)
      .script("GET", own, entry)
      .script("DELETE", own, { status: 204 });
    const env = { ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH: "secret/rewritten/archestra" };
    return openOnStub(stub, { env, logger: recordedLogger() });
  }

  test("is repaired by its deletion", async () => {
    const manager = await openOwn({ status: 404, body: { errors: [] } });
    expect(await manager.delete("a")).toBe(true);
  });

  test("that is still there after its deletion shows that the path is wrong", async () => {
    const manager = await openOwn(damaged);
    const { code, reason } = await failure(manager.delete("a"));
    expect([code, reason]).toEqual(["INVALID_CONFIGURATION", "WRONG_METADATA_PATH"]);
  });

  test("of which nothing is at that path is not absent to delete(): the path is wrong", async () => {
    const manager = await openOwn(damaged, { status: 404, body: { errors: [] } });
    const { code, reason } = await failure(manager.delete("a"));
    expect([code, reason]).toEqual(["INVALID_CONFIGURATION", "WRONG_METADATA_PATH"]);
  });
});

describe("metadata of a listed secret (stub)", () => {
  test.for(Object.entries({ ...withoutCounter, ...withoutState }))(
    "that is %s fails list() and check() with a count, which leave no secret out",
    async ([_kind, answer]) => {
      const stub = await stubbedVault();
      stub
        .script("GET", folder, { status: 200, body: { request_id, data: { keys: ["a"] } } })
        .script("GET", "/v1/secret/data/archestra/%20archestra-check", {
          status: 404,
          body: { errors: [] },
        })
        .script("GET", entry, answer);
      const manager = await openOnStub(stub);
      const { code, reason } = await failure(Array.fromAsync(manager.list()));
      expect([code, reason]).toEqual(unexpected);
      const health = await manager.check({ count: true });
      expect([health.status, health.count]).toEqual(["unavailable", undefined]);
    },
  );
});

describe("a value of another type (stub)", () => {
  test.for([{ value: [] }, { value: null }, { value: "text" }])(
    "that is $value without Vault's request id is not treated as a damaged secret, which set() and delete() would repair",
    async ({ value: data }) => {
      const stub = await stubbedVault();
      stub
        .script("GET", value, { status: 200, body: { data: { data, metadata: { version: 1, ...version } } } })
        .script("POST", value, written)
        .script("DELETE", entry, { status: 204 });
      const manager = await openOnStub(stub);
      for (const call of [
        () => manager.get("a"),
        () => manager.update("a", { of: "us" }),
        () => manager.set("a", { of: "us" }),
        () => manager.delete("a"),
      ]) {
        const { code, reason } = await failure(call());
        expect([code, reason]).toEqual(unexpected);
      }
      expect(changesOn(stub)).toEqual([]);
    },
  );
});
