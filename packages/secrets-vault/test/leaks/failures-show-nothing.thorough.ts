import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { SecretsManager } from "@archestra/secrets-core";
import { plantedText, showsPlantedText } from "@archestra/test-harness/planted-values";
import type { CutMoment } from "@archestra/test-servers/cutting-proxy";
import { startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import type { StubAnswer } from "@archestra/test-servers/stub-vault";
import { describeVault, testOnHashicorpVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, onTestFinished, test } from "vitest";
import { changeOf, type FaultyVault, faultyVault, proxiedEnv } from "../support/faulty-vault.ts";
import { appRoleEnv, openVault, prepareAppRole, tokenEnv, vaultEnv } from "../support/open-vault.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

/*
 * The token and every value are planted texts. What the setup of the tests watches (errors, the console, warnings of the
 * process, events) fails a test in which one shows; here errors and warnings are looked at, too, as whole objects.
 */
const value = { token: plantedText(), nested: { list: [plantedText()] } };

/** Every call, one after the other; gives what each failed with. */
async function failuresOf(manager: SecretsManager): Promise<unknown[]> {
  const calls: (() => Promise<unknown>)[] = [
    () => manager.get("a"),
    () => manager.getMany(["a", "b"]),
    () => manager.has("a"),
    () => manager.create("b", value),
    () => manager.set("a", value),
    () => manager.update("a", value),
    () => manager.update("a", value, { ifVersion: "VAULT:9@2026-01-01T00:00:00Z" }),
    () => manager.update("a", () => value),
    () => manager.delete("a"),
    () => Array.fromAsync(manager.list()),
    () => manager.check({ count: true }),
  ];
  const failures: unknown[] = [];
  for (const call of calls) {
    await call().then(
      (result) => failures.push(result),
      (error: unknown) => failures.push(error),
    );
  }
  return failures;
}

/** Whether anything that a manager said under a fault shows a secret. */
async function showsUnder(manager: SecretsManager, warnings: readonly unknown[] = []): Promise<boolean> {
  const events: unknown[] = [];
  const record = (event: unknown) => void events.push(event);
  const channels = ["operation", "login", "renewal"].flatMap((subject) =>
    ["start", "asyncEnd", "error"].map((moment) => `tracing:archestra.secrets.${subject}:${moment}`),
  );
  for (const name of channels) subscribe(name, record);
  try {
    const failures = await failuresOf(manager);
    expect(events.length).toBeGreaterThan(0);
    return [...failures, ...events, ...warnings, manager, manager.describe()].some(showsPlantedText);
  } finally {
    for (const name of channels) unsubscribe(name, record);
  }
}

const moments: readonly CutMoment[] = ["before", "in-request", "after", "answered", "in-answer", "held"];

const faults: Readonly<Record<string, (faulty: FaultyVault) => Promise<unknown>>> = {
  sealed: ({ server }) => server.seal(),
  frozen: ({ server }) => server.freeze(),
  ended: ({ server }) => server.end(),
  "out of reach": ({ proxy }) => proxy.refuse(),
  hanging: async ({ proxy }) => proxy.hang(),
  "rate limited": ({ server }) => server.setRateLimitQuota("secret/", 1, { interval: "3600s" }),
  unmounted: ({ server }) => server.unmount("secret"),
  "mounted with the other version": async ({ server }) => {
    await server.unmount("secret");
    await server.mountKv("secret", 1);
  },
  "left with a damaged secret": ({ store }) => store.damage("a"),
};

describeVault("no token and no value shows in errors, warnings, events or their printed forms", () => {
  test.for(moments)("while connections break %s", async (moment) => {
    const logger = recordedLogger();
    const faulty = await faultyVault({ timeout: 250, logger });
    await faulty.store.put("a", value);
    // Writes first, and then whatever concerns secrets.
    for (const text of [changeOf.write, "/v1/secret/"]) {
      faulty.proxy.cutAt(text, moment, Number.POSITIVE_INFINITY);
      expect(await showsUnder(faulty.manager, logger.warnings)).toBe(false);
      await faulty.proxy.heal();
    }
  });

  test.for(Object.keys(faults))("while Vault is %s", async (fault) => {
    const logger = recordedLogger();
    const faulty = await faultyVault({ timeout: 250, logger });
    if (fault !== "left with a damaged secret") await faulty.store.put("a", value);
    await faults[fault]?.(faulty);
    expect(await showsUnder(faulty.manager, logger.warnings)).toBe(false);
    if (faulty.server.running) await faulty.server.thaw();
  });

  test("when the token is revoked, has no permissions, or is unknown", async () => {
    const server = await vaultOfTest({ rootToken: plantedText() });
    await server.mountKv("secret", 2);
    const policies = { revoked: ["root"], powerless: ["default"] };
    for (const [kind, names] of Object.entries(policies)) {
      const id = plantedText();
      await server.request("POST", "auth/token/create", { id, policies: names });
      const logger = recordedLogger();
      const manager = await openVault(vaultEnv(server.address, tokenEnv(id)), { timeout: 1_000, logger });
      if (kind === "revoked") await server.revokeToken(id);
      expect(await showsUnder(manager, logger.warnings)).toBe(false);
    }
    const unknown = openVault(vaultEnv(server.address, tokenEnv(plantedText())));
    expect(await unknown.catch(showsPlantedText)).toBe(false);
  });

  test("when a login is refused, or its answer is lost", async () => {
    const server = await vaultOfTest({ rootToken: plantedText() });
    const role = await prepareAppRole(server);
    const proxy = await startCuttingProxy(server.port);
    onTestFinished(() => proxy.stop());
    const logger = recordedLogger();
    const secretId = plantedText();
    const refused = openVault(vaultEnv(server.address, appRoleEnv({ ...role, secretId })), { logger });
    expect(await refused.catch(showsPlantedText)).toBe(false);
    proxy.cutAt("POST /v1/auth/", "answered", 2);
    const manager = await openVault(proxiedEnv(proxy, appRoleEnv(role)), { timeout: 2_000, logger });
    const seen: unknown[] = [...logger.warnings, ...(await failuresOf(manager))];
    expect(seen.some(showsPlantedText)).toBe(false);
  });

  test("when Vault refuses a value or a name", async () => {
    const { manager } = await faultyVault();
    const planted = plantedText();
    const values = [
      { big: planted.repeat(20_000) },
      { half: `${planted}\ud800` },
      Object.fromEntries(Array.from({ length: 10_001 }, (_, index) => [`key ${index}`, planted])),
    ];
    for (const each of values)
      expect(await manager.set("a", each).then(() => "stored", showsPlantedText)).toBe(false);
  });

  testOnHashicorpVault("when Vault refuses a name with a character newer than its Unicode", async () => {
    const { manager } = await faultyVault();
    expect(await manager.set("\u1c89", value).then(() => "stored", showsPlantedText)).toBe(false);
  });
});

const quoting: readonly (StubAnswer & { readonly words: string })[] = [
  { words: "quotes the input", status: 500, body: { errors: [`duplicate key '${value.token}'`] } },
  {
    words: "quotes a storage path",
    status: 500,
    body: { errors: [`open /vault/${value.token}: no such file`] },
  },
  { words: "quotes the request", status: 400, body: { errors: [`bad request: ${JSON.stringify(value)}`] } },
  { words: "quotes it in a warning", status: 404, body: { errors: [], warnings: [value.token] } },
  { words: "quotes it in a page of HTML", status: 502, body: `<html>${value.token}</html>` },
  { words: "breaks off in the middle", status: 200, body: `{"data":{"data":{"token":"${value.token}` },
  {
    words: "has it where a version belongs",
    status: 200,
    body: { data: { data: value, metadata: { version: value.token } } },
  },
  {
    words: "has it as its request's id",
    status: 500,
    body: { request_id: value.token, errors: ["internal error"] },
  },
  {
    words: "has it in its location",
    status: 307,
    headers: { location: `http://127.0.0.1:1/${value.token}` },
  },
];

test.for(quoting)("no value shows when an answer $words (stub)", async (answer) => {
  const stub = await stubbedVault();
  const paths = [
    "data/archestra/a",
    "data/archestra/b",
    "metadata/archestra/a",
    "metadata/archestra?list=true",
  ];
  for (const path of paths)
    for (const method of ["GET", "POST", "DELETE"]) stub.script(method, `/v1/secret/${path}`, answer);
  const logger = recordedLogger();
  const manager = await openOnStub(stub, { timeout: 400, logger });
  // A value that was read is a secret's own, and shows in none of its renderings either.
  expect(await showsUnder(manager, logger.warnings)).toBe(false);
});
