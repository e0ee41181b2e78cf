import { expect, test } from "vitest";
import type { SecretsBackend } from "../../src/plugin.ts";
import { failure } from "../support/failure.ts";
import { context, memoryBackend } from "../support/memory-backend.ts";
import { openBackend } from "../support/open-manager.ts";

/** A backend whose transactions are objects with a store of their own, and what they were asked. */
async function transactional(): Promise<{ backend: SecretsBackend; given: object[] }> {
  const given: object[] = [];
  const { backend } = await memoryBackend();
  const { backend: inside } = await memoryBackend();
  return {
    given,
    backend: {
      capabilities: backend.capabilities,
      get: (name, context) => backend.get(name, context),
      write: (name, value, options, context) => backend.write(name, value, options, context),
      delete: (name, options, context) => backend.delete(name, options, context),
      list: (range, context) => backend.list(range, context),
      check: (options, context) => backend.check(options, context),
      close: () => backend.close(),
      inTransaction: (transaction) => {
        given.push(transaction);
        return inside;
      },
    },
  };
}

test("inTransaction() passes the transaction to the backend, and its calls go to what it returns", async () => {
  const { backend, given } = await transactional();
  const manager = await openBackend(backend);
  const transaction = {};
  const secrets = manager.inTransaction(transaction);
  expect(given).toEqual([transaction]);
  expect(given[0]).toBe(transaction);
  await secrets.create("a", { n: 1 });
  await secrets.update("a", ({ n }) => ({ n: Number(n) + 1 }));
  expect((await secrets.get("a"))?.value).toEqual({ n: 2 });
  expect(await manager.has("a")).toBe(false);
});

test("inTransaction() is UNSUPPORTED for a backend without transactions", async () => {
  const manager = await openBackend((await memoryBackend()).backend);
  const error = await failure((async () => manager.inTransaction({}))());
  expect([error.code, error.reason, error.operation]).toEqual([
    "UNSUPPORTED",
    "NOT_IN_TRANSACTION",
    "inTransaction",
  ]);
});

test("inTransaction() provides only the calls on secrets", async () => {
  const manager = await openBackend((await transactional()).backend);
  expect(Object.keys(manager.inTransaction({})).toSorted()).toEqual(
    ["create", "delete", "get", "getMany", "has", "list", "set", "update"].toSorted(),
  );
});

test("a name that was changed in a transaction is not cached for the maximum age, and other names are", async () => {
  const { backend } = await transactional();
  const manager = await openBackend(backend, { cache: { maxAge: 60_000 } });
  await manager.create("a", { n: 1 });
  await manager.create("b", { n: 1 });
  await manager.inTransaction({}).set("a", { n: 2 });
  await manager.get("a");
  await manager.get("b");
  // Behind the manager's back, as the commit of the transaction would.
  await backend.write("a", { n: 2 }, { expect: "any" }, context);
  await backend.write("b", { n: 2 }, { expect: "any" }, context);
  expect((await manager.get("a"))?.value).toEqual({ n: 2 });
  expect((await manager.get("b"))?.value).toEqual({ n: 1 });
});

test("when more names were changed than are remembered, nothing is cached for the maximum age", async () => {
  const { backend } = await transactional();
  const manager = await openBackend(backend, { cache: { maxAge: 60_000, maxEntries: 2 } });
  for (const name of ["a", "b", "c", "d"]) await manager.create(name, { n: 1 });
  const secrets = manager.inTransaction({});
  for (const name of ["a", "b", "c"]) await secrets.set(name, { n: 2 });
  for (const name of ["a", "d"]) await manager.get(name);
  for (const name of ["a", "d"]) await backend.write(name, { n: 2 }, { expect: "any" }, context);
  expect((await manager.get("a"))?.value).toEqual({ n: 2 });
  expect((await manager.get("d"))?.value).toEqual({ n: 2 });
});
