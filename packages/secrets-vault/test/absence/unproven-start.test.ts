/* What a start looks up comes complete from a real server, so a stub answers here as a proxy or another API would. */
import { describe, expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

const place = { 1: "/v1/secret/archestra", 2: "/v1/secret/data/archestra" } as const;
const absent = { status: 404, body: { errors: [] } };

const unproven: Readonly<Record<string, object>> = {
  "without `options`": {},
  "with a list as `options`": { options: [] },
  "with a text as `options`": { options: "2" },
  "with a number as the version": { options: { version: 2 } },
  "with null as the version": { options: { version: null } },
  "with a version that there is not": { options: { version: "3" } },
};

const versionOne: readonly object[] = [
  { options: null },
  { options: {} },
  { options: { version: "" } },
  { options: { version: "1" } },
];

describe("a mount of which Vault's answer does not say the version (stub)", () => {
  for (const kv of [1, 2] as const) {
    test.for(Object.entries(unproven))(
      `%s proves no version, so no secret is absent and none is changed with the setting ${kv}`,
      async ([_kind, options]) => {
        const stub = await stubbedVault();
        stub
          .script("GET", place[kv].replace("/v1/", "/v1/sys/internal/ui/mounts/"), {
            status: 200,
            body: { data: { path: "secret/", type: "kv", ...options } },
          })
          .script("GET", `${place[kv]}/a`, absent)
          .script("GET", "/v1/secret/metadata/archestra?list=true", absent)
          .script("GET", "/v1/secret/archestra?list=true", absent);
        const env = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv) };
        const manager = await openOnStub(stub, { env, logger: recordedLogger() });
        for (const call of [
          () => manager.get("a"),
          () => Array.fromAsync(manager.list()),
          () => manager.set("a", { of: "us" }),
          () => manager.delete("a"),
        ]) {
          const { code, reason } = await failure(call());
          expect([code, reason]).toEqual(["UNAVAILABLE", "UNEXPECTED_ANSWER"]);
        }
        expect(stub.requests.filter(({ path }) => path.startsWith("/v1/secret/"))).toEqual([]);
      },
    );
  }

  test.for(versionOne)("is of version 1 with %j", async (options) => {
    const stub = await stubbedVault();
    stub
      .script("GET", "/v1/sys/internal/ui/mounts/secret/archestra", {
        status: 200,
        body: { data: { path: "secret/", type: "kv", ...options } },
      })
      .script("GET", "/v1/secret/archestra/a", absent);
    const manager = await openOnStub(stub, { env: { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: "1" } });
    expect(await manager.get("a")).toBeUndefined();
  });
});

describe("an answer about capabilities (stub)", () => {
  const names = [
    "data/archestra/archestra-check",
    "metadata/archestra/archestra-check",
    "metadata/archestra/",
  ];

  async function warningsAfter(granted: unknown) {
    const stub = await stubbedVault();
    const data = Object.fromEntries(names.map((name) => [`secret/${name}`, granted]));
    stub
      .script("POST", "/v1/sys/capabilities-self", { status: 200, body: { data } })
      .script("GET", `${place[2]}/%20archestra-check`, absent);
    const logger = recordedLogger();
    const manager = await openOnStub(stub, { logger });
    const { problems } = await manager.check();
    return [logger.warnings.map(({ fields }) => fields.code), problems.map(({ reason }) => reason)];
  }

  test.for([
    { granted: [] },
    { granted: [1] },
    { granted: [null] },
    { granted: [{ read: true }] },
    { granted: "read" },
    { granted: { read: true } },
  ])(
    "of $granted does not say that any is missing: Vault sends a list of texts that is not empty",
    async ({ granted }) => {
      expect(await warningsAfter(granted)).toEqual([[], []]);
    },
  );

  test.for([{ granted: ["deny"] }, { granted: ["read"] }])(
    "of $granted says which are missing",
    async ({ granted }) => {
      expect(await warningsAfter(granted)).toEqual([
        ["ARCHESTRA_SECRETS_VAULT_MISSING_CAPABILITIES"],
        ["MISSING_CAPABILITIES"],
      ]);
    },
  );
});

describe("the lookup of a token (stub)", () => {
  test.for([
    { ttl: 0 },
    { ttl: 0, expire_time: 5 },
    { ttl: -1, expire_time: null },
    { ttl: "0", expire_time: null },
    { expire_time: null },
  ])("of %j does not say that the token lives for ever: no call is made with it", async (data) => {
    const stub = await stubbedVault();
    stub
      .script("GET", "/v1/auth/token/lookup-self", { status: 200, body: { data } })
      .script("GET", `${place[2]}/a`, absent);
    const manager = await openOnStub(stub, { logger: recordedLogger() });
    const { status, problems } = await manager.check();
    expect([status, problems[0]?.reason]).toEqual(["unavailable", "UNEXPECTED_ANSWER"]);
    expect(stub.requests.filter(({ path }) => path.startsWith("/v1/secret/"))).toEqual([]);
  });

  test("of a token without an end says that it lives for ever", async () => {
    const stub = await stubbedVault();
    stub
      .script("GET", "/v1/auth/token/lookup-self", {
        status: 200,
        body: { data: { ttl: 0, expire_time: null } },
      })
      .script("GET", `${place[2]}/a`, absent);
    const manager = await openOnStub(stub);
    expect(await manager.get("a")).toBeUndefined();
  });
});
