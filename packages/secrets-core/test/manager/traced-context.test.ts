import { AsyncLocalStorage } from "node:async_hooks";
import { tracingChannel } from "node:diagnostics_channel";
import { expect, onTestFinished, test } from "vitest";
import type { CallEvent } from "../../src/index.ts";
import { plantedValue } from "../planted.ts";
import { fakeBackend, streamOf } from "../support/fake-backend.ts";
import { openBackend, openMemory } from "../support/open-manager.ts";
import { TokenIssuer } from "../support/token-issuer.ts";

/** What a subscriber does that makes a span current: inside a call, the store has its event. */
function boundStore(): AsyncLocalStorage<CallEvent> {
  const store = new AsyncLocalStorage<CallEvent>();
  const { start } = tracingChannel("archestra.secrets.operation");
  start.bindStore(store as AsyncLocalStorage<unknown>);
  onTestFinished(() => void start.unbindStore(store as AsyncLocalStorage<unknown>));
  return store;
}

test("a backend runs in the context of the call, and the code after the call does not", async () => {
  const store = boundStore();
  const seen: unknown[] = [];
  const manager = await openBackend(
    fakeBackend({
      get: async (name) => {
        await new Promise((resolve) => setImmediate(resolve));
        seen.push(store.getStore());
        return { name, version: "1", value: plantedValue() };
      },
    }),
  );
  await Promise.all([manager.get("a"), manager.get("b")]);

  expect(seen).toMatchObject([{ name: "a" }, { name: "b" }]);
  expect(store.getStore()).toBeUndefined();
});

test("the functions of the caller run in the context of the call", async () => {
  const store = boundStore();
  const seen: (string | undefined)[] = [];
  const issuer = new TokenIssuer();
  const manager = await openMemory(undefined, { cache: { maxAge: 600_000 } });
  await manager.create("a", issuer.first);
  await manager.update("a", (value) => {
    seen.push(store.getStore()?.operation);
    return value;
  });
  issuer.expire();
  const refresh: typeof issuer.exchange = (value, context) => {
    seen.push(store.getStore()?.operation);
    return issuer.exchange(value, context);
  };
  await manager.refresh("a", issuer.options({ refresh }));

  expect(seen).toEqual(["update", "refresh"]);
});

test("all steps of a list run in the context of one call, and its consumer does not", async () => {
  const store = boundStore();
  const inside: unknown[] = [];
  const outside: unknown[] = [];
  const manager = await openBackend(
    fakeBackend({
      list: async function* () {
        for await (const entry of streamOf([
          { name: "a", version: "1" },
          { name: "b", version: "1" },
        ])) {
          inside.push(store.getStore());
          yield entry;
        }
        inside.push(store.getStore());
      },
    }),
  );
  for await (const _ of manager.list()) outside.push(store.getStore());

  expect(inside).toMatchObject([{ operation: "list" }, { operation: "list" }, { operation: "list" }]);
  expect(new Set(inside).size).toBe(1);
  expect(outside).toEqual([undefined, undefined]);
});

test("the end of a call is published in its context", async () => {
  const store = boundStore();
  const seen: unknown[] = [];
  const { asyncEnd } = tracingChannel("archestra.secrets.operation");
  const record = (event: unknown) => void seen.push(store.getStore() === event);
  asyncEnd.subscribe(record);
  onTestFinished(() => void asyncEnd.unsubscribe(record));
  const manager = await openMemory();
  await manager.get("a");
  for await (const _ of manager.list());

  expect(seen).toEqual([true, true]);
});
