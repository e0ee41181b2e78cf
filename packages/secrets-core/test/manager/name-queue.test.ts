import { expect, test } from "vitest";
import { NameQueue } from "../../src/manager/name-queue.ts";

/** Lets everything that can run without anybody's help run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

test("calls of one name run one after another, in the order of arrival", async () => {
  const queue = new NameQueue();
  const events: string[] = [];
  const gates = [1, 2, 3].map(() => Promise.withResolvers<void>());
  const calls = gates.map((gate, index) =>
    queue.run("a", async (turn) => {
      await turn;
      events.push(`begins ${index}`);
      await gate.promise;
      return index;
    }),
  );

  for (const [index, gate] of gates.entries()) {
    await settled();
    expect(events).toHaveLength(index + 1);
    gate.resolve();
  }

  expect(await Promise.all(calls)).toEqual([0, 1, 2]);
  expect(events).toEqual(["begins 0", "begins 1", "begins 2"]);
});

test("calls of different names do not wait for one another", async () => {
  const queue = new NameQueue();
  const stuck = queue.run("a", () => new Promise(() => {}));
  stuck.catch(() => undefined);

  expect(await queue.run("b", async (turn) => turn.then(() => "done"))).toBe("done");
});

test("a call that fails reports its own failure and lets the next one go", async () => {
  const queue = new NameQueue();
  const error = new Error("mine");
  const first = queue.run("a", () => Promise.reject(error));
  const second = queue.run("a", async (turn) => turn.then(() => "done"));

  await expect(first).rejects.toBe(error);
  expect(await second).toBe("done");
});

test("a call that is aborted while it waits does not let the next one overtake the running one", async () => {
  const queue = new NameQueue();
  const gate = Promise.withResolvers<void>();
  const events: string[] = [];
  const running = queue.run("a", () => gate.promise);
  await queue.run("a", async () => events.push("gave up"));
  const third = queue.run("a", async (turn) => turn.then(() => events.push("third")));

  await settled();
  expect(events).toEqual(["gave up"]);
  gate.resolve();
  await Promise.all([running, third]);

  expect(events).toEqual(["gave up", "third"]);
});
