import { afterEach, expect, test, vi } from "vitest";
import { SecretsError, withTimeout } from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";

const late = () => new SecretsError("UNAVAILABLE", "It took too long.");

afterEach(() => {
  vi.useRealTimers();
});

test("withTimeout() returns what the promise resolves to, and leaves no timer", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  expect(await withTimeout(Promise.resolve("a"), 1_000, late)).toBe("a");
  expect(vi.getTimerCount()).toBe(0);
});

test("withTimeout() throws the error of the promise", async () => {
  const error = new SecretsError("NOT_FOUND", "There is none.");
  expect(await failure(withTimeout(Promise.reject(error), 1_000, late))).toBe(error);
});

test("withTimeout() throws the given error after the timeout, and ignores a later rejection", async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  const { promise, reject } = Promise.withResolvers<never>();
  const outcome = failure(withTimeout(promise, 1_000, late));
  await vi.advanceTimersByTimeAsync(1_000);
  expect((await outcome).code).toBe("UNAVAILABLE");
  reject(new Error("later"));
});
