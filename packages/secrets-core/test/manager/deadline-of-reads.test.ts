import { afterEach, describe, expect, test, vi } from "vitest";
import type { CallContext, SecretsBackend } from "../../src/plugin.ts";
import { plantedText, plantedValue } from "../planted.ts";
import { checkCall, readingCalls, writingCalls } from "../support/calls.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";

async function* never(): AsyncGenerator<never> {
  await new Promise(() => {});
}

/** Never answers, and does not look at its signal. */
function stuckBackend(): SecretsBackend {
  const stuck = () => new Promise<never>(() => {});
  return fakeBackend({ get: stuck, list: never, check: stuck });
}

afterEach(() => {
  vi.useRealTimers();
});

describe.each([...readingCalls, ...writingCalls, checkCall])(
  "%s with a signal that is aborted already",
  (_call, run) => {
    test("is ABORTED, and the backend is not asked", async () => {
      const asked = () => expect.unreachable();
      const manager = await openBackend(
        fakeBackend({
          get: asked,
          has: asked,
          getMany: asked,
          write: asked,
          delete: asked,
          list: asked,
          check: asked,
        }),
      );

      const error = await failure(run(manager, { signal: AbortSignal.abort(new Error(plantedText())) }));

      expect(error).toMatchObject({ code: "ABORTED", retryable: false, manager: "FAKE" });
    });
  },
);

describe.each(readingCalls)("%s on a backend that does not answer", (call, run) => {
  test("is TIMEOUT at its deadline, without waiting for the backend", async () => {
    vi.useFakeTimers();
    const manager = await openBackend(stuckBackend(), { timeout: 1_000 });

    const outcome = failure(run(manager));
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await outcome).toMatchObject({
      code: "TIMEOUT",
      retryable: true,
      operation: call,
      manager: "FAKE",
    });
  });

  test("is ABORTED as soon as its caller aborts it", async () => {
    const manager = await openBackend(stuckBackend());
    const controller = new AbortController();

    const outcome = failure(run(manager, { signal: controller.signal }));
    controller.abort();

    expect(await outcome).toMatchObject({ code: "ABORTED", operation: call });
  });
});

describe("the default deadline", () => {
  test("is thirty seconds", async () => {
    vi.useFakeTimers();
    const contexts: CallContext[] = [];
    const manager = await openBackend(
      fakeBackend({
        get: (_name, context) => {
          contexts.push(context);
          return new Promise(() => {});
        },
      }),
    );
    const start = Date.now();

    const outcome = failure(manager.get("a"));
    expect(contexts[0]?.deadline).toBe(start + 30_000);
    await vi.advanceTimersByTimeAsync(30_000);

    expect((await outcome).code).toBe("TIMEOUT");
  });
});

describe("the call of a backend", () => {
  test("receives a signal that aborts with the error that the caller receives", async () => {
    vi.useFakeTimers();
    let reason: unknown;
    const manager = await openBackend(
      fakeBackend({
        get: (_name, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => {
              reason = signal.reason;
              reject(signal.reason);
            });
          }),
      }),
      { timeout: 1_000 },
    );

    const outcome = failure(manager.get("a"));
    await vi.advanceTimersByTimeAsync(1_000);

    expect(await outcome).toMatchObject({ code: "TIMEOUT", secretName: "a" });
    expect(reason).toMatchObject({ code: "TIMEOUT" });
  });

  test("receives a signal that is already aborted when the backend reads it late", async () => {
    const controller = new AbortController();
    const asked = Promise.withResolvers<CallContext>();
    const manager = await openBackend(
      fakeBackend({
        get: (_name, context) => {
          asked.resolve(context);
          return new Promise(() => {});
        },
      }),
    );

    const outcome = failure(manager.get("a", { signal: controller.signal }));
    const context = await asked.promise;
    controller.abort();
    await outcome;

    expect(context.signal.aborted).toBe(true);
    expect(context.signal.reason).toMatchObject({ code: "ABORTED" });
  });

  test("receives a signal that never aborts when the call ends in time", async () => {
    vi.useFakeTimers();
    const contexts: CallContext[] = [];
    const manager = await openBackend(
      fakeBackend({
        get: async (_name, context) => {
          contexts.push(context);
          return undefined;
        },
      }),
      { timeout: 1_000 },
    );
    const controller = new AbortController();

    await manager.get("a", { signal: controller.signal });
    controller.abort();
    await vi.advanceTimersByTimeAsync(5_000);

    expect(contexts[0]?.signal.aborted).toBe(false);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("may throw the client library's own AbortError, which is replaced by the actual reason", async () => {
    const controller = new AbortController();
    const manager = await openBackend(
      fakeBackend({
        get: (_name, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new DOMException("Aborted", "AbortError")));
          }),
      }),
    );

    const outcome = failure(manager.get("a", { signal: controller.signal }));
    controller.abort();

    expect((await outcome).code).toBe("ABORTED");
  });

  test("does not report an AbortError as the caller's abort when no signal aborted", async () => {
    const manager = await openBackend(
      fakeBackend({ get: () => Promise.reject(new DOMException("Aborted", "AbortError")) }),
    );

    expect(await failure(manager.get("a"))).toMatchObject({
      code: "INTERNAL",
      cause: { name: "AbortError" },
    });
  });
});

describe("a result of a backend after TIMEOUT", () => {
  test.each<[string, (late: PromiseWithResolvers<never>) => void]>([
    ["a value", (late) => late.resolve({ name: "a", version: "1", value: plantedValue() } as never)],
    ["a failure", (late) => late.reject(new Error(plantedText()))],
  ])("is dropped, be it %s", async (_what, answer) => {
    const unhandled: unknown[] = [];
    const note = (error: unknown) => unhandled.push(error);
    process.on("unhandledRejection", note);
    const late = Promise.withResolvers<never>();
    const manager = await openBackend(fakeBackend({ get: () => late.promise }), { timeout: 5 });

    expect((await failure(manager.get("a"))).code).toBe("TIMEOUT");
    answer(late);
    await new Promise((resolve) => setImmediate(resolve));

    process.off("unhandledRejection", note);
    expect(unhandled).toEqual([]);
  });
});
