import { afterEach, expect, test, vi } from "vitest";
import { EventLoopTurns } from "../../src/database/event-loop-turns.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

test("a turn whose end was not observed, since the timers were replaced, is not treated as a long one", async () => {
  const turns = new EventLoopTurns();
  vi.useFakeTimers({ toFake: ["setImmediate"] });
  const clock = vi.spyOn(performance, "now").mockReturnValue(0);
  expect(turns.next()).toBeUndefined();
  clock.mockReturnValue(11);
  const turn = turns.next();
  expect(turn).toBeInstanceOf(Promise);
  await turn;
  expect(turns.next()).toBeUndefined();
});
