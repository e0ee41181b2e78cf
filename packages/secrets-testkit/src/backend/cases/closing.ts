import { getEventListeners } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { expectEqual, expectThat, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import { CannotHappen, HarnessGap } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";
import { leftBy } from "../left-resources.ts";
import { ABSENT, INITIAL, operations, PRESENT, WRITTEN } from "../operations.ts";
import { processEventsListenedToBy } from "../process-listeners.ts";

const CLOSE = 'SecretsBackend.close: "Ends connections, timers and sweeps"';
const IN_TIME =
  'SecretsBackend.close: "The manager waits for it no longer than until the end of its own `close`"';
const START = "PluginDefinition.create: closes everything that it opened before it throws";
const SIGNAL = 'CallContext.signal: "Aborts when the caller aborts the call" and belongs to the call alone';

const LISTENERS =
  'SecretsBackend.close: "Ends connections, timers and sweeps", and leaves no listener on the process: one of a signal would keep the application from ending';

const LEFT = "what keeps the process alive after `close`";
/** How long connections may need to end: those of the global `fetch` stay open for some seconds. */
const NOTICE_TIMEOUT = 10_000;
const POLL_INTERVAL = 50;

/** The faults of a start, of which the first that the harness has is injected. */
const refusals: readonly Fault[] = ["unauthenticated", "permission-denied", "unavailable"];

/** Cases of what a plugin does in `close`, and of what is left afterwards. */
export const closingCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "closing: close ends after every kind of call, also after a list that was not consumed",
    contract: IN_TIME,
    async run(fixture) {
      const client = await openUsed(fixture);
      if (client.backend.capabilities.list) for await (const _ of client.manager.list()) break;
      await expectCloses(client);
    },
  },
  {
    name: "closing: close ends while the store does not respond",
    contract: IN_TIME,
    async run(fixture) {
      const client = await openUsed(fixture);
      const lift = await fixture.arrangeLasting("timeout");
      await expectCloses(client);
      await lift();
    },
  },
  {
    name: "closed: nothing keeps the process alive after calls",
    contract: CLOSE,
    async run(fixture) {
      await expectNothingLeft(async () => {
        const { manager } = await openUsed(fixture);
        await manager.close();
      });
    },
  },
  {
    name: "closed: nothing keeps the process alive after a start that failed",
    contract: START,
    async run(fixture) {
      const fault = refusals.find((one) => fixture.canArrange(one)) ?? "unavailable";
      const lift = await fixture.arrangeLasting(fault);
      await expectNothingLeft(() => startAndClose(fixture));
      await lift();
    },
  },
  {
    name: "closed: nothing keeps the process alive after a change whose answer was lost",
    contract: CLOSE,
    async run(fixture) {
      const { manager: before } = await fixture.openWith({ [PRESENT]: INITIAL });
      await before.close();
      fixture.needsFault("lost-answer");
      // The proxy of a harness stays.
      const injected = Promise.withResolvers<() => Promise<void>>();
      const opened = Promise.withResolvers<void>();
      const left = leftBy(async () => {
        const { manager } = await fixture.open();
        await manager.get(PRESENT);
        opened.resolve();
        const lift = await injected.promise;
        await outcomeOf(() => manager.set(PRESENT, WRITTEN));
        await lift();
        await manager.close();
      });
      await Promise.race([opened.promise, left]);
      injected.resolve(await fixture.arrange("lost-answer"));
      expectEqual(await left, [], LEFT);
    },
  },
  {
    name: "closed: the server has no connection of the client left",
    contract: CLOSE,
    async run(fixture) {
      const count = connectionsOf(fixture);
      const before = await count();
      const client = await openUsed(fixture);
      await client.manager.close();
      // Before a fault, which may end connections too.
      await expectConnections(before, count);
      const fault = refusals.find((one) => fixture.canArrange(one));
      if (fault !== undefined) {
        const lift = await fixture.arrangeLasting(fault);
        await startAndClose(fixture);
        await lift();
      }
      await expectConnections(before, count);
    },
  },
  {
    name: "closed: a client leaves no listener on the process",
    contract: LISTENERS,
    async run(fixture) {
      const useAndClose = async () => {
        const { manager } = await openUsed(fixture);
        for (const name of [PRESENT, "present/other"]) await manager.delete(name);
        await manager.close();
      };
      // A library may add one for the whole process, when it is loaded.
      await useAndClose();
      const left = await processEventsListenedToBy(useAndClose);
      expectEqual(left, [], "the events of the process to which a closed client listens");
    },
  },
  {
    name: "ended: a call leaves no listener on its signal",
    contract: SIGNAL,
    async run(fixture) {
      const { backend } = await fixture.openWith({ [PRESENT]: INITIAL });
      const { signal } = new AbortController();
      const context = fixture.context(signal);
      await backend.get(PRESENT, context);
      await backend.get(ABSENT, context);
      await backend.has?.(PRESENT, context);
      await backend.getMany?.([PRESENT, ABSENT], context);
      await backend.check({ count: false }, context);
      await backend.write(PRESENT, WRITTEN, { expect: "any" }, context);
      if (backend.capabilities.list) await Array.fromAsync(backend.list({ prefix: "" }, context));
      await backend.delete(PRESENT, { expect: "any" }, context);
      const count = () => getEventListeners(signal, "abort").length;
      for (let waited = 0; waited < NOTICE_TIMEOUT && count() > 0; waited += POLL_INTERVAL)
        await sleep(POLL_INTERVAL);
      expectEqual(count(), 0, "the number of listeners on the signal of calls that have ended");
    },
  },
];

/** A client that has run every call. */
async function openUsed(fixture: BackendFixture): Promise<BackendClient> {
  const client = await fixture.openWith({ [PRESENT]: INITIAL, "present/other": INITIAL });
  const { manager } = client;
  for (const operation of operations) await outcomeOf(() => operation.run(manager));
  await outcomeOf(() => manager.check({ count: true }));
  await manager.set(PRESENT, INITIAL);
  return client;
}

async function startAndClose(fixture: BackendFixture): Promise<void> {
  const start = await outcomeOf(() => fixture.open());
  // A start that asks the store nothing succeeds.
  if (!start.failed) await start.result.manager.close();
}

async function expectCloses({ manager }: BackendClient): Promise<void> {
  const closed = await outcomeOf(() => manager.close());
  if (closed.failed) fail("`close` to succeed within the 10 seconds of the manager", showOutcome(closed));
}

async function expectNothingLeft(run: () => Promise<void>): Promise<void> {
  expectEqual(await leftBy(run), [], LEFT);
}

/** Waits until the server has noticed that connections have ended. */
async function expectConnections(before: number, count: () => Promise<number>): Promise<void> {
  let left = await count();
  for (let waited = 0; waited < NOTICE_TIMEOUT && left > before; waited += POLL_INTERVAL) {
    await sleep(POLL_INTERVAL);
    left = await count();
  }
  expectThat(left <= before, `at most the ${before} connections from before the start`, String(left));
}

function connectionsOf({ store }: BackendFixture): () => Promise<number> {
  const { connections } = store;
  if (connections === undefined) throw new HarnessGap("the harness has no `connections`");
  if (typeof connections === "object") throw new CannotHappen(connections.cannotHappen);
  return async () => connections();
}
