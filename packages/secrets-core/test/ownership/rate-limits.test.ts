import type { Intercept } from "@archestra/test-harness/intercepted-plugin";
import { afterEach, expect, test, vi } from "vitest";
import { migrateSecrets, SecretsError } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

afterEach(() => vi.restoreAllMocks());

const value = Object.freeze({ token: "a" });
const tooOften = () => new SecretsError("RATE_LIMITED", "It is asked too often.");

const filled = (count: number) => TwoStores.ofMemory(count, value);

/** Refuses writes at the target, as long as this says so. */
function limited(isRefused: () => boolean): Intercept {
  return async ({ plugin, method }, run) => {
    if (plugin === "OUTER" && method === "write" && isRefused()) throw tooOften();
    return run();
  };
}

test("a manager that limits the rate receives fewer requests, and every secret is moved", async () => {
  const stores = await filled(40);
  let refused = 0;
  const intercept = limited(() => refused < 12 && ++refused > 0);
  const manager = await stores.open("MEMORY", { intercept });
  const report = await migrateSecrets(manager, { to: "OUTER", concurrency: 16 });
  expect(report).toMatchObject({ done: 40, failed: 0, stopped: false });
  expect(refused).toBe(12);
});

test("after a rejection, no request is sent during the pause", async () => {
  const stores = await filled(40);
  const attempts: number[] = [];
  const intercept = limited(() => attempts.push(performance.now()) <= 6);
  const manager = await stores.open("MEMORY", { intercept });
  expect(await migrateSecrets(manager, { to: "OUTER", concurrency: 4 })).toMatchObject({ done: 40 });
  expect(attempts).toHaveLength(6 + 40);
  // Four at a time are refused, and make one pause together; then two, and the pause is twice as long.
  expect(Number(attempts[4]) - Number(attempts[0])).toBeGreaterThan(240);
  expect(Number(attempts[6]) - Number(attempts[4])).toBeGreaterThan(490);
});

test("a manager that rejects requests for more than a minute ends the migration, and the secrets stay where they are", async () => {
  const stores = await filled(5);
  let hours = 0;
  const clock = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => clock() + hours * 3_600_000);
  const intercept = limited(() => {
    hours++;
    return true;
  });
  const manager = await stores.open("MEMORY", { intercept });
  const report = await migrateSecrets(manager, { to: "OUTER", concurrency: 1 });
  expect(report).toMatchObject({ done: 0, failed: 2, stopped: true });
  expect(report.failures.map(({ error }) => error.code)).toEqual(["RATE_LIMITED", "RATE_LIMITED"]);
  expect(stores.table.rows.map(({ manager: owner, state }) => `${owner} ${state}`)).toEqual(
    Array.from({ length: 5 }, () => "MEMORY active"),
  );
});

test.each(["ABORTED", "CLOSED"] as const)("a pause ends with the migration: %s", async (code) => {
  const stores = await filled(5);
  const controller = new AbortController();
  let attempts = 0;
  const intercept = limited(() => {
    if (++attempts === 2) setImmediate(() => (code === "ABORTED" ? controller.abort() : manager.close()));
    return true;
  });
  const manager = await stores.open("MEMORY", { intercept });
  const migrating = migrateSecrets(manager, { to: "OUTER", concurrency: 1, signal: controller.signal });
  expect(await failure(migrating)).toMatchObject({ code });
  expect(attempts).toBe(2);
});

test("a list of the source that is rejected in the middle continues after the last name", async () => {
  const names = Array.from({ length: 20 }, (_, index) => `name-${String(index).padStart(2, "0")}`);
  let refused = 0;
  const stores: TwoStores = new TwoStores({
    replaced: {
      async *list({ after }) {
        for (const [index, name] of names.entries()) {
          if (after !== undefined && name <= after) continue;
          if (index % 7 === 6 && refused < index / 6) {
            refused++;
            throw tooOften();
          }
          yield { name };
        }
      },
    },
  });
  for (const name of names) stores.outer.insert(name, { manager: "MEMORY", state: "active" }, value);
  const manager = await stores.open("OUTER");
  // However long it was since it was asked before.
  let minutes = 0;
  const clock = performance.now.bind(performance);
  vi.spyOn(performance, "now").mockImplementation(() => clock() + minutes * 60_000);
  const onProgress = () => {
    minutes += 2;
  };
  const options = { to: "MEMORY", concurrency: 1, onProgress };
  expect(await migrateSecrets(manager, options)).toMatchObject({ done: 20, failed: 0 });
  expect(refused).toBeGreaterThan(1);
});
