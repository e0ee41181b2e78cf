import { afterEach, describe, expect, test, vi } from "vitest";
import { grantEnded } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TokenIssuer } from "../support/token-issuer.ts";
import { TwoStores } from "../support/two-stores.ts";
import { waitingCall } from "../support/waiting-call.ts";

afterEach(() => vi.restoreAllMocks());

/** Lets this process believe that time passes. */
function movableTime(): (milliseconds: number) => void {
  const clock = performance.now.bind(performance);
  let ahead = 0;
  vi.spyOn(performance, "now").mockImplementation(() => clock() + ahead);
  return (milliseconds) => {
    ahead += milliseconds;
  };
}

/** What a call is rejected with. */
function rejection(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => expect.unreachable(),
    (error: unknown) => error,
  );
}

/** Two managers on one store, as processes share a database, with an expired secret `a`. */
async function twoManagers() {
  const issuer = new TokenIssuer();
  const stores = new TwoStores();
  const [first, second] = [await stores.open("MEMORY"), await stores.open("MEMORY")];
  await first.create("a", issuer.first);
  issuer.expire();
  const failing = (error: unknown = new Error("503")) => {
    const held = issuer.hold();
    held.release(error);
  };
  return { issuer, stores, store: stores.table, first, second, failing };
}

describe("a function that throws", () => {
  test.each([
    ["an error", new Error("503")],
    ["no error at all", { status: 503 }],
    ["undefined", undefined],
  ])("%s: every caller of the process receives the same object", async (_what, thrown) => {
    const { first } = await twoManagers();
    const release = Promise.withResolvers<void>();
    let runs = 0;
    const options = {
      isFresh: () => false,
      refresh: async () => {
        runs++;
        await release.promise;
        throw thrown;
      },
    };
    const calls = [1, 2, 3].map(() => rejection(first.refresh("a", options)));
    release.resolve();
    for (const error of await Promise.all(calls)) expect(error).toBe(thrown);
    expect(runs).toBe(1);
  });

  test("leaves the value, and frees the entry for writers", async () => {
    const { first, second, store, failing, issuer } = await twoManagers();
    failing();
    await rejection(first.refresh("a", issuer.options()));
    expect(store.find("a")).toMatchObject({ state: "active", value: issuer.first });
    await second.set("a", { generation: 7, token: "of a login" });
    expect((await first.refresh("a", issuer.options())).value).toEqual({
      generation: 7,
      token: "of a login",
    });
  });

  test("synchronously is the same as a rejected promise", async () => {
    const { first, store } = await twoManagers();
    const error = new Error("503");
    const refresh = () => {
      throw error;
    };
    expect(await rejection(first.refresh("a", { isFresh: () => false, refresh }))).toBe(error);
    expect(store.find("a")?.state).toBe("active");
  });

  test("fails the calls of other processes that waited with FAILED_ELSEWHERE, without another attempt", async () => {
    const { first, stores, issuer } = await twoManagers();
    const held = issuer.hold();
    const call = rejection(first.refresh("a", issuer.options()));
    await held.begun;
    const waiting = await waitingCall(stores, "MEMORY", (manager) =>
      failure(manager.refresh("a", issuer.options())),
    );
    held.release(new Error("503"));
    await call;

    expect(await waiting.call).toMatchObject({
      code: "REFRESH_FAILED",
      reason: "FAILED_ELSEWHERE",
      retryable: true,
      operation: "refresh",
      secretName: "a",
    });
    expect(issuer.presented).toEqual([0]);
  });
});

describe("the pause after a failed attempt", () => {
  test("refuses further attempts with REFRESH_PAUSED and the error as its cause", async () => {
    const { first, failing, issuer } = await twoManagers();
    movableTime();
    const error = new Error("503");
    failing(error);
    await rejection(first.refresh("a", issuer.options()));

    const refused = await failure(first.refresh("a", issuer.options()));
    expect(refused).toMatchObject({ code: "REFRESH_FAILED", reason: "REFRESH_PAUSED", retryable: true });
    expect(refused.cause).toMatchObject({ name: "Error" });
    expect(issuer.presented).toEqual([0]);
  });

  test("grows with each failure from half a second to half a minute, and ends with a success", async () => {
    const { first, failing, issuer } = await twoManagers();
    const pass = movableTime();
    const pauses: number[] = [];
    for (let attempt = 1; attempt <= 9; attempt++) {
      failing();
      expect(await rejection(first.refresh("a", issuer.options()))).toMatchObject({ message: "503" });
      const { message } = await failure(first.refresh("a", issuer.options()));
      const pause = Number(/in (\d+) ms/.exec(message)?.[1]);
      pauses.push(pause);
      pass(pause + 1);
    }
    for (const [index, pause] of pauses.entries()) {
      const mean = Math.min(30_000, 500 * 2 ** index);
      // The time that the machine takes between the two calls is part of it.
      expect(pause).toBeLessThanOrEqual(mean * 1.25);
    }
    expect(pauses.at(-1)).toBeGreaterThan(10_000);

    expect((await first.refresh("a", issuer.options())).value).toEqual(issuer.latest);
    issuer.expire();
    expect((await first.refresh("a", issuer.options())).value).toEqual(issuer.latest);
    expect(issuer.presented).toHaveLength(11);
  });

  test("ends when anybody changes the value", async () => {
    const { first, second, failing, issuer } = await twoManagers();
    movableTime();
    failing();
    await rejection(first.refresh("a", issuer.options()));
    await second.set("a", { ...issuer.first, scope: "changed" });

    expect((await first.refresh("a", issuer.options())).value).toEqual(issuer.latest);
  });

  test("does not keep a fresh value from callers", async () => {
    const { first, failing, issuer } = await twoManagers();
    movableTime();
    failing();
    await rejection(first.refresh("a", issuer.options()));
    expect((await first.refresh("a", issuer.options({ isFresh: () => true }))).value).toEqual(issuer.first);
  });

  test("takes no lock: writers and other processes do not notice it", async () => {
    const { first, failing, issuer, store } = await twoManagers();
    movableTime();
    failing();
    await rejection(first.refresh("a", issuer.options()));
    const replace = vi.spyOn(store, "replace");
    await failure(first.refresh("a", issuer.options()));
    expect(replace).not.toHaveBeenCalled();
  });

  test("does not end later for the calls that it refuses in two processes", async () => {
    const { first, stores, issuer } = await twoManagers();
    const pass = movableTime();
    const held = issuer.hold();
    const call = rejection(first.refresh("a", issuer.options()));
    await held.begun;
    const waiting = await waitingCall(stores, "MEMORY", (manager) =>
      failure(manager.refresh("a", issuer.options())),
    );
    held.release(new Error("503"));
    await Promise.all([call, waiting.call]);
    // The pause lasts 625 ms at most. Meanwhile, each process sees what the other does.
    let refreshed = 0;
    for (let round = 0; round < 40 && refreshed === 0; round++) {
      const calls = [first, waiting.manager].map((one) => one.refresh("a", issuer.options()));
      for (const { status } of await Promise.allSettled(calls)) refreshed += status === "fulfilled" ? 1 : 0;
      pass(20);
    }
    expect(refreshed).toBeGreaterThan(0);
  });
});

describe("grantEnded()", () => {
  test("fails every call with its message, without another attempt, until the value changes", async () => {
    const { first, second, issuer, failing } = await twoManagers();
    const pass = movableTime();
    failing(grantEnded("Log in to Google again."));
    const calls = [1, 2].map(() => failure(first.refresh("a", issuer.options())));
    for (const error of await Promise.all(calls)) {
      expect(error).toMatchObject({ code: "REFRESH_FAILED", reason: "GRANT_ENDED", retryable: false });
      expect(error).toMatchObject({ operation: "refresh", secretName: "a", manager: "MEMORY" });
      expect(error.message).toContain("Log in to Google again.");
    }
    pass(24 * 60 * 60_000);
    const again = await failure(first.refresh("a", issuer.options()));
    expect(again).toMatchObject({ reason: "GRANT_ENDED", retryable: false });
    expect(again.message).toContain("Log in to Google again.");
    expect(issuer.presented).toEqual([0]);
    expect((await first.get("a"))?.value).toEqual(issuer.first);

    await second.set("a", { ...issuer.first, scope: "of a login" });
    expect((await first.refresh("a", issuer.options())).value).toEqual(issuer.latest);
  });

  test("has a message of its own", () => {
    expect(grantEnded()).toMatchObject({ message: "The grant has ended. Log in again." });
  });
});
