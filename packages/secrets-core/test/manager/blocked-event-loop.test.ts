import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, onTestFinished, test } from "vitest";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend } from "../support/open-manager.ts";

const TIMEOUT = 50;

function standStill(milliseconds: number): void {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
}

test("a write whose deadline passed while the event loop was blocked ends without a warning of Node", async () => {
  const warnings: Error[] = [];
  const record = (warning: Error) => void warnings.push(warning);
  process.on("warning", record);
  onTestFinished(() => void process.off("warning", record));
  const manager = await openBackend(fakeBackend({ write: () => new Promise(() => {}) }), {
    timeout: TIMEOUT,
  });

  const error = failure(manager.set("a", plantedValue()));
  standStill(2 * TIMEOUT);

  expect((await error).code).toBe("OUTCOME_UNKNOWN");
  await nextTurn();
  expect(warnings).toEqual([]);
});
