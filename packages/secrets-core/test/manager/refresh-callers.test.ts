import { describe, expect, test } from "vitest";
import { isSecretsError, SecretsError, unstoredValue } from "../../src/index.ts";
import { MemoryStore } from "../../src/memory.ts";
import { failure } from "../support/failure.ts";
import { openMemory } from "../support/open-manager.ts";
import { recordedLogger } from "../support/recorded-logger.ts";
import { TokenIssuer } from "../support/token-issuer.ts";
import { TwoStores } from "../support/two-stores.ts";

/** A manager with an expired secret `a`, and the exchange that its refresh waits for. */
async function expired(options: { readonly timeout?: number } = {}) {
  const issuer = new TokenIssuer();
  const store = new MemoryStore();
  const logger = recordedLogger();
  const manager = await openMemory(store, { logger, ...options });
  await manager.create("a", issuer.first);
  issuer.expire();
  const held = issuer.hold();
  const stored = async () => (await (await openMemory(store)).get("a"))?.value;
  return { issuer, manager, held, logger, stored };
}

describe("a caller of refresh() that aborts", () => {
  test("leaves the refresh that it began to the others, and receives what came of it", async () => {
    const { issuer, manager, held } = await expired();
    const controller = new AbortController();
    const first = manager.refresh("a", { ...issuer.options(), signal: controller.signal });
    const signal = await held.begun;
    const second = manager.refresh("a", issuer.options());

    controller.abort();

    expect(signal.aborted).toBe(false);
    held.release();
    expect((await second).value).toEqual(issuer.latest);
    expect((await first).value).toEqual(issuer.latest);
    expect(issuer.presented).toEqual([0]);
  });

  test("is OUTCOME_UNKNOWN when the refresh that it began takes longer, which goes on", async () => {
    const { issuer, manager, held, stored } = await expired({ timeout: 5_000 });
    const controller = new AbortController();
    const call = failure(manager.refresh("a", { ...issuer.options(), signal: controller.signal }));
    await held.begun;
    controller.abort();
    expect((await call).code).toBe("OUTCOME_UNKNOWN");
    held.release();
    // It waits for the refresh.
    await manager.close();

    expect(await stored()).toEqual(issuer.latest);
  });

  test("does not end the refresh that another one began", async () => {
    const { issuer, manager, held } = await expired();
    const first = manager.refresh("a", issuer.options());
    await held.begun;
    const controller = new AbortController();
    const second = failure(manager.refresh("a", { ...issuer.options(), signal: controller.signal }));
    controller.abort();
    expect((await second).code).toBe("ABORTED");
    held.release();
    expect((await first).value).toEqual(issuer.latest);
  });

  test("before its call begins nothing", async () => {
    const { issuer, manager } = await expired();
    const call = manager.refresh("a", { ...issuer.options(), signal: AbortSignal.abort() });
    expect((await failure(call)).code).toBe("ABORTED");
    expect(issuer.presented).toEqual([]);
  });
});

describe("the deadline of refresh()", () => {
  test("aborts the signal of a function that does not end", async () => {
    const { issuer, manager, held } = await expired({ timeout: 2_000 });
    const outcome = failure(manager.refresh("a", issuer.options()));
    const signal = await held.begun;
    expect(await outcome).toMatchObject({ code: "OUTCOME_UNKNOWN", operation: "refresh", secretName: "a" });
    expect(isSecretsError(signal.reason, "TIMEOUT")).toBe(true);
  });

  test("does not keep a value from the store that the function returns afterwards", async () => {
    const { issuer, manager, held, stored } = await expired({ timeout: 2_000 });
    await failure(manager.refresh("a", issuer.options()));
    held.release();
    await expect.poll(async () => (await stored())?.generation, { timeout: 60_000 }).toBe(1);
    expect(await stored()).toEqual(issuer.latest);
  });

  test("reaches the caller with the function's own error, when the function ends by the signal", async () => {
    const { issuer, manager } = await expired({ timeout: 2_000 });
    const refresh = (_value: unknown, { signal }: { readonly signal: AbortSignal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    const error = await failure(manager.refresh("a", issuer.options({ refresh })));
    expect(error.code).toBe("TIMEOUT");
  });
});

describe("close() during a refresh", () => {
  test("waits for it", async () => {
    const { issuer, manager, held, stored } = await expired();
    const call = manager.refresh("a", issuer.options());
    await held.begun;
    const closing = manager.close();
    expect((await failure(manager.refresh("a", issuer.options()))).code).toBe("CLOSED");
    held.release();

    expect((await call).value).toEqual(issuer.latest);
    await closing;
    expect(await stored()).toEqual(issuer.latest);
  });

  test("aborts the function's signal at its timeout, and stores what the function still returns", async () => {
    const { issuer, manager, held, stored } = await expired();
    const call = manager.refresh("a", issuer.options());
    const signal = await held.begun;
    const closing = manager.close({ timeout: 0 });
    await new Promise((resolve) => signal.addEventListener("abort", resolve));
    held.release();

    expect((await call).value).toEqual(issuer.latest);
    await closing;
    expect(await stored()).toEqual(issuer.latest);
  });

  test("at its timeout, hands a value that cannot be stored to the caller", async () => {
    const issuer = new TokenIssuer();
    const stores = new TwoStores();
    let isDown = false;
    const attempted = Promise.withResolvers<void>();
    const manager = await stores.open("MEMORY", {
      intercept: async ({ method, args }, run) => {
        const isStoring = method === "ownership.advance" && "value" in (args[1] as object);
        if (isStoring) {
          isDown = true;
          attempted.resolve();
        }
        if (isDown) throw new SecretsError("UNAVAILABLE", "The store is down.");
        return run();
      },
    });
    await manager.create("a", issuer.first);
    issuer.expire();
    const call = failure(manager.refresh("a", issuer.options()));
    await attempted.promise;
    await manager.close({ timeout: 0 });

    expect(unstoredValue(await call)).toEqual(issuer.latest);
  });
});
