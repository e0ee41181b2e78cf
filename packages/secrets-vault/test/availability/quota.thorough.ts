import { plantedText } from "@archestra/test-harness/planted-values";
import { describeVault } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { faultyVault } from "../support/faulty-vault.ts";
import { openOnStub, stubbedVault } from "../support/stubbed-vault.ts";

const value = { token: plantedText() };

describeVault("a rate limit of a real Vault", () => {
  test("without Retry-After costs no change: each is made once, or its caller receives that it was not made", async () => {
    const { server, manager, store } = await faultyVault({ timeout: 10_000 });
    await server.setRateLimitQuota("secret/", 4);
    const outcomes = await Promise.all(
      Array.from({ length: 24 }, (_, n) =>
        manager.create(`a/${n}`, value).then(
          () => "created",
          (error) => error.code as string,
        ),
      ),
    );
    await server.removeRateLimitQuota();
    // Chance decides how many of the repetitions come after the second of the quota.
    for (const [n, outcome] of outcomes.entries()) {
      expect(["created", "RATE_LIMITED"]).toContain(outcome);
      expect(await store.counter(`a/${n}`)).toBe(outcome === "created" ? 1 : 0);
    }
    expect(outcomes.filter((outcome) => outcome === "created").length).toBeGreaterThan(4);
  });

  test("with Retry-After is waited out as long as the server says", async () => {
    const { server, manager, store } = await faultyVault({ timeout: 10_000 });
    await server.enableRateLimitHeaders();
    await server.setRateLimitQuota("secret/", 1, { interval: "2s" });
    const startedAt = performance.now();
    for (let n = 0; n < 3; n++) await manager.create(`a/${n}`, value);
    expect(performance.now() - startedAt).toBeGreaterThan(2_000);
    await server.removeRateLimitQuota();
    for (let n = 0; n < 3; n++) expect(await store.counter(`a/${n}`)).toBe(1);
  });

  test("that lasts longer than the deadline is reported at once, and nothing was changed", async () => {
    const { server, manager, store } = await faultyVault({ timeout: 10_000 });
    await server.enableRateLimitHeaders();
    await server.setRateLimitQuota("secret/", 1, { interval: "3600s" });
    await manager.get("a");
    const startedAt = performance.now();
    for (const call of [
      () => manager.get("a"),
      () => manager.create("a", value),
      () => manager.delete("a"),
    ]) {
      const { code, retryable } = await failure(call());
      expect([code, retryable]).toEqual(["RATE_LIMITED", true]);
    }
    expect(performance.now() - startedAt).toBeLessThan(8_000);
    await server.removeRateLimitQuota();
    expect(await store.counter("a")).toBe(0);
  });
});

test("a change that a quota without Retry-After refuses is sent again (stub)", async () => {
  const stub = await stubbedVault();
  const manager = await openOnStub(stub);
  const refused = { status: 429, body: { errors: ["request path: rate limit quota exceeded"] } };
  const created = { version: 1, created_time: "2026-01-02T03:04:05.6Z" };
  stub.script("POST", "/v1/secret/data/archestra/a", refused, refused, {
    status: 200,
    body: { data: created },
  });
  expect(await manager.create("a", value)).toMatchObject({ version: `VAULT:1@${created.created_time}` });
});

// OpenBao 2.7.2 rounds down, so that 0 stands for up to a second; Vault 1.21.1 rounds up.
test("a Retry-After of 0 is waited out as one second (stub)", async () => {
  const stub = await stubbedVault();
  const manager = await openOnStub(stub);
  stub.script(
    "POST",
    "/v1/secret/data/archestra/a",
    {
      status: 429,
      headers: { "retry-after": "0" },
      body: { errors: ["request path: rate limit quota exceeded"] },
    },
    { status: 200, body: { data: { version: 1, created_time: "2026-01-02T03:04:05.6Z" } } },
  );
  const startedAt = performance.now();
  await manager.create("a", value);
  expect(performance.now() - startedAt).toBeGreaterThan(990);
});

// A real quota gives neither an absurd Retry-After nor one that is not a number.
test.for(["99999999999999999999", "1e400", "-5", "soon", "Wed, 21 Oct 2099 07:28:00 GMT"])(
  "a Retry-After of %j on a stub ends in RATE_LIMITED, and not in sleeping past the deadline",
  async (retryAfter) => {
    const stub = await stubbedVault();
    const manager = await openOnStub(stub, { timeout: 30_000 });
    stub.script("POST", "/v1/secret/data/archestra/a", {
      status: 429,
      headers: { "retry-after": retryAfter },
      body: { errors: ["request path: rate limit quota exceeded"] },
    });
    const startedAt = performance.now();
    expect((await failure(manager.create("a", value))).code).toBe("RATE_LIMITED");
    expect(performance.now() - startedAt).toBeLessThan(20_000);
  },
);

test("a Vault that only fails receives hardly more requests than there are calls, though each could be repeated three times (stub)", async () => {
  const stub = await stubbedVault();
  const manager = await openOnStub(stub, { timeout: 5_000 });
  stub.script("GET", "/v1/secret/data/archestra/a", { status: 503, body: { errors: ["Vault is sealed"] } });
  const calls = 600;
  const before = stub.requests.length;
  for (let n = 0; n < calls; n += 50)
    await Promise.all(Array.from({ length: 50 }, () => failure(manager.get("a"))));
  // A stock of a hundred, and a fifth of the calls.
  expect(stub.requests.length - before).toBeLessThanOrEqual(calls * 1.2 + 100);
});
