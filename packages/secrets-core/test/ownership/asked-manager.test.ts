import { afterEach, describe, expect, test, vi } from "vitest";
import type { SecretsManager } from "../../src/index.ts";
import { plantedValue } from "../planted.ts";
import { failure } from "../support/failure.ts";
import { type ManagerId, TwoStores } from "../support/two-stores.ts";

/*
 * Errors that core itself creates, since the store never answers: they name the manager whose store was asked, which an
 * operator has to look at, and not the selected one.
 */

const never = () => new Promise<never>(() => {});

afterEach(() => {
  vi.useRealTimers();
});

/** A process with one manager selected, on a secret `a` of another one. From now on, one of the stores answers no more. */
async function openWith(
  silent: ManagerId,
  selected: ManagerId,
  owner: ManagerId,
  methods: readonly string[],
) {
  const stores = new TwoStores();
  const before = await stores.open(owner);
  await before.create("a", plantedValue());
  await before.close();
  let isSilent = false;
  const manager = await stores.open(selected, {
    timeout: 1_000,
    intercept: ({ plugin, method }, run) =>
      isSilent && plugin === silent && methods.includes(method) ? never() : run(),
  });
  // The owner is opened.
  await manager.get("a");
  isSilent = true;
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "Date"] });
  return manager;
}

async function late(call: Promise<unknown>) {
  const failed = failure(call);
  await vi.advanceTimersByTimeAsync(1_000);
  return failed;
}

type Run = (manager: SecretsManager) => Promise<unknown>;

const set: Run = (manager) => manager.set("a", plantedValue());

describe("TIMEOUT names the manager that was asked", () => {
  test.each<readonly [string, ManagerId, ManagerId, ManagerId, string, Run]>([
    ["a read of an owner that is not selected", "OUTER", "MEMORY", "OUTER", "get", (m) => m.get("a")],
    ["a read of the selected manager", "OUTER", "OUTER", "OUTER", "get", (m) => m.get("a")],
    ["a read of the ownership table", "MEMORY", "OUTER", "OUTER", "ownership.read", (m) => m.get("a")],
    [
      "a read before an update",
      "OUTER",
      "MEMORY",
      "OUTER",
      "get",
      (m) => m.update("a", () => plantedValue()),
    ],
    ["has", "OUTER", "MEMORY", "OUTER", "get", (m) => m.has("a")],
  ])("%s", async (_case, silent, selected, owner, method, run) => {
    const error = await late(run(await openWith(silent, selected, owner, [method])));

    expect(error).toMatchObject({ code: "TIMEOUT", manager: silent });
    expect(error.message).toContain(`(${silent})`);
  });

  test("each of getMany", async () => {
    const manager = await openWith("OUTER", "MEMORY", "OUTER", ["get"]);

    expect(await late(manager.getMany(["a"]))).toMatchObject({ code: "TIMEOUT", manager: "OUTER" });
  });
});

describe("OUTCOME_UNKNOWN names the manager to which the change was sent", () => {
  test.each<readonly [string, ManagerId, ManagerId, ManagerId, readonly string[], Run]>([
    ["a write to an owner that is not selected", "OUTER", "MEMORY", "OUTER", ["write"], set],
    ["a write to the table's manager", "MEMORY", "OUTER", "MEMORY", ["write"], set],
    [
      "a deletion at an owner that is not selected",
      "OUTER",
      "MEMORY",
      "OUTER",
      ["delete"],
      (m) => m.delete("a"),
    ],
    ["a creation", "OUTER", "OUTER", "OUTER", ["write"], (m) => m.create("b", plantedValue())],
    [
      "an entry of the table",
      "MEMORY",
      "OUTER",
      "OUTER",
      ["ownership.claim"],
      (m) => m.create("b", plantedValue()),
    ],
  ])("%s", async (_case, silent, selected, owner, methods, run) => {
    const error = await late(run(await openWith(silent, selected, owner, methods)));

    expect(error).toMatchObject({ code: "OUTCOME_UNKNOWN", manager: silent });
  });
});
