import { expect, test, vi } from "vitest";
import { retryWhenBusy } from "../../src/database/retry-when-busy.ts";
import { failure } from "../support/failure.ts";

const never = new AbortController().signal;
const busy = () => Object.assign(new Error("database is locked"), { errcode: 5 });

test("what finds the lock taken is repeated until it is not", async () => {
  let attempts = 0;
  const answer = retryWhenBusy({ signal: never }, async () => {
    if (++attempts < 4) throw busy();
    return "done";
  });
  expect(await answer).toBe("done");
  expect(attempts).toBe(4);
});

test("the bits that extend a result code make no difference, and every other error ends it at once", async () => {
  const SQLITE_BUSY_SNAPSHOT = 517;
  const SQLITE_CONSTRAINT = 19;
  const errors = [SQLITE_BUSY_SNAPSHOT, SQLITE_CONSTRAINT].map((errcode) =>
    Object.assign(new Error(), { errcode }),
  );
  let attempts = 0;
  const run = () => retryWhenBusy({ signal: never }, () => Promise.reject(errors[attempts++]));
  await expect(run()).rejects.toBe(errors[1]);
  expect(attempts).toBe(2);
});

test("after a minute it is UNAVAILABLE, and says how to find who holds the lock", async () => {
  let time = 0;
  const clock = vi.spyOn(performance, "now").mockImplementation(() => {
    time += 20_001;
    return time;
  });
  const error = await failure(retryWhenBusy({ signal: never }, () => Promise.reject(busy())));
  clock.mockRestore();
  expect(error).toMatchObject({ code: "UNAVAILABLE", reason: "DATABASE_LOCKED", retryable: true });
  expect(error.message).toContain("fuser");
});

test("the signal ends the wait with its reason, without another attempt", async () => {
  const controller = new AbortController();
  const reason = new Error("given up");
  let attempts = 0;
  const waiting = retryWhenBusy({ signal: controller.signal }, async () => {
    attempts++;
    throw busy();
  });
  await Promise.resolve();
  controller.abort(reason);
  await expect(waiting).rejects.toBe(reason);
  expect(attempts).toBe(1);
});
