import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { SecretsManager } from "../../src/index.ts";
import { type CallContext, type SecretsBackend, SecretsError, type StoredInfo } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { writingCalls } from "../support/calls.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";

/** Of the deadline of 1000 ms, the last 200 are kept for finding out what a write did. */
const TIMEOUT = 1_000;
const RESERVE = 200;

/** A backend whose writes the test answers itself. */
class WaitingBackend {
  readonly sent = Promise.withResolvers<CallContext>();
  readonly answer = Promise.withResolvers<StoredInfo>();
  readonly backend: SecretsBackend;

  constructor() {
    const send = (context: CallContext) => {
      this.sent.resolve(context);
      return this.answer.promise;
    };
    this.backend = fakeBackend({
      get: async (name) => ({ name, version: "1", value: plantedValue() }),
      write: (_name, _value, _options, context) => send(context),
      delete: async (_name, _options, context) => (await send(context)) !== undefined,
    });
  }
}

beforeEach(() => {
  vi.useFakeTimers();
});

afterEach(() => {
  vi.useRealTimers();
});

describe.each(writingCalls)("%s that was sent", (call, run) => {
  async function start(): Promise<
    WaitingBackend & { outcome: Promise<unknown>; controller: AbortController; manager: SecretsManager }
  > {
    const waiting = new WaitingBackend();
    const manager = await openBackend(waiting.backend, { timeout: TIMEOUT });
    const controller = new AbortController();
    const outcome = run(manager, { signal: controller.signal });
    outcome.catch(() => undefined);
    await waiting.sent.promise;
    return Object.assign(waiting, { outcome, controller, manager });
  }

  const success = { name: "a", version: "2" };

  test("aborts the signal of its backend when only the reserve is left", async () => {
    const { sent, outcome } = await start();
    const context = await sent.promise;
    const { signal } = context;
    const begun = Date.now();

    expect(context.deadline).toBe(begun + TIMEOUT);
    await vi.advanceTimersByTimeAsync(TIMEOUT - RESERVE - 1);
    expect(signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect(signal.aborted).toBe(true);
    expect(context.deadline).toBe(begun + TIMEOUT);
    await vi.advanceTimersByTimeAsync(RESERVE);
    await failure(outcome);
  });

  test("is OUTCOME_UNKNOWN when the backend cannot determine the outcome by the deadline", async () => {
    const { outcome } = await start();

    await vi.advanceTimersByTimeAsync(TIMEOUT - 1);
    expect(await stateOf(outcome)).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);

    expect(await failure(outcome)).toMatchObject({
      code: "OUTCOME_UNKNOWN",
      retryable: false,
      operation: call.split(" ")[0],
      secretName: "a",
      manager: "FAKE",
    });
  });

  test("succeeds when the backend confirms the write within the reserve", async () => {
    const { outcome, answer } = await start();

    await vi.advanceTimersByTimeAsync(TIMEOUT - 1);
    answer.resolve(success);

    await expect(outcome).resolves.toBeDefined();
  });

  test("fails with the outcome that the backend determines within the reserve", async () => {
    const { outcome, answer } = await start();

    await vi.advanceTimersByTimeAsync(TIMEOUT - 1);
    answer.reject(new SecretsError("PERMISSION_DENIED", "Not allowed."));

    expect((await failure(outcome)).code).toBe("PERMISSION_DENIED");
  });

  test("shortens the deadline before it aborts the signal", async () => {
    const { outcome, controller, sent } = await start();
    const context = await sent.promise;
    const told = new Promise((resolve) => {
      context.signal.addEventListener("abort", () => resolve(context.deadline - Date.now()));
    });

    await vi.advanceTimersByTimeAsync(100);
    controller.abort();

    expect(await told).toBe(RESERVE);
    await vi.advanceTimersByTimeAsync(RESERVE);
    await failure(outcome);
  });

  test("waits the reserve and no longer after its caller aborted it", async () => {
    const { outcome, controller, sent } = await start();

    await vi.advanceTimersByTimeAsync(100);
    controller.abort();
    const context = await sent.promise;
    expect(context.signal.aborted).toBe(true);
    expect(context.deadline).toBe(Date.now() + RESERVE);
    await vi.advanceTimersByTimeAsync(RESERVE - 1);
    expect(await stateOf(outcome)).toBe("pending");
    await vi.advanceTimersByTimeAsync(1);

    expect((await failure(outcome)).code).toBe("OUTCOME_UNKNOWN");
  });

  test("never waits past its deadline, also when its caller aborts it just before", async () => {
    const { outcome, controller } = await start();

    await vi.advanceTimersByTimeAsync(TIMEOUT - RESERVE - 1);
    controller.abort();
    await vi.advanceTimersByTimeAsync(RESERVE + 1);

    expect((await failure(outcome)).code).toBe("OUTCOME_UNKNOWN");
  });

  test("returns its actual outcome to a caller that aborted it", async () => {
    const { outcome, controller, answer } = await start();

    controller.abort();
    answer.resolve(success);

    await expect(outcome).resolves.toBeDefined();
  });

  test("is ABORTED or TIMEOUT when the backend throws the signal's reason: it promises that nothing was changed", async () => {
    const aborted = await start();
    aborted.controller.abort();
    aborted.answer.reject((await aborted.sent.promise).signal.reason);
    expect((await failure(aborted.outcome)).code).toBe("ABORTED");

    const late = await start();
    await vi.advanceTimersByTimeAsync(TIMEOUT - RESERVE);
    late.answer.reject((await late.sent.promise).signal.reason);
    expect((await failure(late.outcome)).code).toBe("TIMEOUT");
  });

  test.each(["AbortError", "TimeoutError"])(
    "is OUTCOME_UNKNOWN when the client library throws its own %s, which does not say what was sent",
    async (name) => {
      const { outcome, controller, answer } = await start();

      controller.abort();
      answer.reject(new DOMException("Stopped", name));

      expect((await failure(outcome)).code).toBe("OUTCOME_UNKNOWN");
    },
  );

  test("drops a late result of the backend", async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const { outcome, answer } = await start();

    await vi.advanceTimersByTimeAsync(TIMEOUT);
    expect((await failure(outcome)).code).toBe("OUTCOME_UNKNOWN");
    answer.reject(new Error(plantedText()));
    vi.useRealTimers();
    await new Promise((resolve) => setImmediate(resolve));

    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });

  test("leaves no timer behind", async () => {
    const { outcome, answer, controller } = await start();
    controller.abort();
    answer.resolve(success);
    await outcome;

    expect(vi.getTimerCount()).toBe(0);
  });
});

test("of a long deadline, five seconds are kept as the reserve", async () => {
  const waiting = new WaitingBackend();
  const manager = await openBackend(waiting.backend, { timeout: 60_000 });
  const outcome = failure(manager.set("a", plantedValue()));
  const { signal } = await waiting.sent.promise;

  await vi.advanceTimersByTimeAsync(54_999);
  expect(signal.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  expect(signal.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(5_000);
  expect((await outcome).code).toBe("OUTCOME_UNKNOWN");
});

async function stateOf(promise: Promise<unknown>): Promise<"pending" | "ended"> {
  const pending = Symbol();
  const winner = await Promise.race([promise.catch(() => undefined), Promise.resolve(pending)]);
  return winner === pending ? "pending" : "ended";
}
