import { tracingChannel } from "node:diagnostics_channel";
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from "vitest";
import { type CallEvent, ConfigurationError, SecretsError } from "../../src/index.ts";
import { plantedValue } from "../planted.ts";
import { checkCall, readingCalls, writingCalls } from "../support/calls.ts";
import { failure } from "../support/failure.ts";
import { fakeBackend } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";
import { runNode } from "../support/run-node.ts";
import { secondCopy } from "../support/second-copy.ts";

const starts: { event: unknown; copy: CallEvent }[] = [];
const ends: { event: unknown; copy: CallEvent }[] = [];
const onStart = (event: unknown) => starts.push({ event, copy: { ...(event as CallEvent) } });
const onEnd = (event: unknown) => ends.push({ event, copy: { ...(event as CallEvent) } });
const { start: startChannel, asyncEnd: endChannel } = tracingChannel("archestra.secrets.operation");

beforeEach(() => {
  starts.splice(0);
  ends.splice(0);
  startChannel.subscribe(onStart);
  endChannel.subscribe(onEnd);
});

afterEach(() => {
  startChannel.unsubscribe(onStart);
  endChannel.unsubscribe(onEnd);
});

describe("a call", () => {
  test.each([...readingCalls, ...writingCalls, checkCall])(
    "%s is published at its start and its end, without a value",
    async (call, run) => {
      const manager = await openBackend(
        fakeBackend({
          get: async (name) => ({ name, version: "1", value: plantedValue() }),
          delete: async () => true,
        }),
      );
      const name = ["getMany", "list", "check"].includes(call) ? {} : { name: "a" };
      const operation = call.split(" ")[0];

      await run(manager);

      expect(starts.map(({ copy }) => copy)).toEqual([{ operation, manager: "FAKE", ...name }]);
      expect(ends.map(({ copy }) => copy)).toEqual([
        {
          operation,
          manager: "FAKE",
          ...name,
          ...("name" in name ? { owner: "FAKE" } : {}),
          attempts: 1,
          outcome: "success",
          duration: expect.any(Number),
        },
      ]);
      expect(ends[0]?.event).toBe(starts[0]?.event);
      expect(ends[0]?.copy.duration).toBeGreaterThanOrEqual(0);
    },
  );

  test("that fails is published with its code", async () => {
    const manager = await openMemory();
    await failure(manager.update("a", plantedValue()));
    await failure(manager.get("a", { signal: AbortSignal.abort() }));
    await failure(Array.fromAsync(manager.list({ signal: AbortSignal.abort() })));

    expect(ends.map(({ copy: { operation, outcome } }) => [operation, outcome])).toEqual([
      ["update", "NOT_FOUND"],
      ["get", "ABORTED"],
      ["list", "ABORTED"],
    ]);
  });

  test("that fails is published with the error of its caller, its reason and whether it is retryable", async () => {
    const thrown = new SecretsError("INVALID_CONFIGURATION", "The mount is missing.", {
      reason: "MOUNT_NOT_FOUND",
    });
    const manager = await openBackend(fakeBackend({ get: () => Promise.reject(thrown) }));
    const error = await failure(manager.get("a"));

    expect(ends[0]?.copy).toMatchObject({ reason: "MOUNT_NOT_FOUND", retryable: false, owner: "FAKE" });
    expect(ends[0]?.copy.error).toBe(error);
  });

  test.each([
    ["succeeds", async () => undefined, ["start", "end", "asyncStart", "asyncEnd"]],
    [
      "fails",
      () => Promise.reject(new SecretsError("UNAVAILABLE", "It is down.")),
      ["start", "end", "error", "asyncStart", "asyncEnd"],
    ],
  ])("that %s is published on the channels in the order of a tracing channel", async (_, get, expected) => {
    const moments = ["start", "end", "asyncStart", "asyncEnd", "error"] as const;
    const published: string[] = [];
    const subscribers = Object.fromEntries(
      moments.map((moment) => [moment, () => void published.push(moment)]),
    ) as unknown as Parameters<typeof tracing.subscribe>[0];
    const tracing = tracingChannel("archestra.secrets.operation");
    tracing.subscribe(subscribers);
    onTestFinished(() => void tracing.unsubscribe(subscribers));
    const manager = await openBackend(fakeBackend({ get }));

    await manager.get("a").catch(() => undefined);

    expect(published).toEqual(expected);
  });

  test("that fails in the caller's own function is published as CALLER_FAILED, without the error", async () => {
    const manager = await openMemory();
    await manager.create("a", plantedValue());
    await expect(
      manager.update("a", (value) => {
        throw value;
      }),
    ).rejects.toBeDefined();

    expect(ends.at(-1)?.copy).toMatchObject({ operation: "update", outcome: "CALLER_FAILED" });
    expect(ends.at(-1)?.copy).not.toHaveProperty("error");
  });

  test("that is rejected for its arguments is not published", async () => {
    const manager = await openMemory();
    await failure(manager.get("a//b"));
    await expect(manager.get("a", { sgnal: 1 } as never)).rejects.toThrow(TypeError);

    expect(starts).toEqual([]);
  });

  test("is published with its duration", async () => {
    const manager = await openBackend(
      fakeBackend({ get: () => new Promise((resolve) => setTimeout(resolve, 30, undefined)) }),
    );
    await manager.get("a");

    expect(ends[0]?.copy.duration).toBeGreaterThan(20);
  });

  test("of a list lasts until the list is consumed or stopped", async () => {
    const manager = await openMemory();
    for (const name of ["a", "b"]) await manager.create(name, plantedValue());
    starts.splice(0);
    ends.splice(0);

    for await (const _ of manager.list()) {
      expect([starts.length, ends.length]).toEqual([1, 0]);
      break;
    }

    expect(ends.map(({ copy }) => copy.outcome)).toEqual(["success"]);
  });

  test("that fails with an error of another copy of core is published with its code", async () => {
    const { ConfigurationError: Foreign } = await secondCopy();
    const error = new Foreign("Not configured.", [{ problem: "missing", expected: "must be set" }]);
    expect(error).not.toBeInstanceOf(ConfigurationError);
    const manager = await openBackend(fakeBackend({ get: () => Promise.reject(error) }));

    await failure(manager.get("a"));

    expect(ends[0]?.copy.outcome).toBe("INVALID_CONFIGURATION");
  });
});

test("without a subscriber no event is created, and one that is added during a call receives nothing of that call", async () => {
  const heard = await runNode(`
    import { tracingChannel } from "node:diagnostics_channel";
    import { createSecretsManager } from "./src/index.ts";
    import { memoryPlugin } from "./src/memory.ts";
    const manager = await createSecretsManager({ plugins: [memoryPlugin()], manager: "MEMORY", env: {} });
    const heard = [];
    const first = manager.get("a");
    tracingChannel("archestra.secrets.operation").asyncEnd.subscribe(({ name }) => heard.push(name));
    await first;
    await manager.get("b");
    console.log(JSON.stringify(heard));
  `);

  expect(heard).toEqual(["b"]);
});
