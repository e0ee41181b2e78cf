import { expect, test } from "vitest";
import { runNode } from "../src/run-node.ts";

test("a process that sleeps takes time and little CPU, one that works takes both", () => {
  const sleeping = runNode(["--eval", "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 400)"]);
  expect(sleeping.wall).toBeGreaterThan(400);
  expect(sleeping.cpu).toBeGreaterThan(0);

  const working = runNode(["--eval", "while (process.cpuUsage().user < 400_000);"]);
  expect(working.wall).toBeGreaterThan(300);
  expect(working.cpu).toBeGreaterThan(400);
  expect(sleeping.cpu).toBeLessThan(working.cpu);
});

test("a process that fails is an error and not a measurement", () => {
  expect(() => runNode(["--eval", "throw new Error('not today')"])).toThrow("not today");
});
