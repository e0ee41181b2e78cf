import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });

test.each([
  ["without a path, of a manager that reports paths,", undefined, {}],
  ["with a path, of a manager that reports none,", "outer/a", { replaced: { path: undefined as never } }],
] as const)("an entry %s is not followed", async (_what, path, outer) => {
  const stores = new TwoStores(outer);
  stores.outer.insert("a", { manager: "MEMORY", state: "active" }, value);
  const row = { manager: "OUTER", state: "active", ...(path === undefined ? {} : { path }) } as const;
  stores.table.insert("a", row, undefined);
  for (const selected of ["MEMORY", "OUTER"] as const) {
    const manager = await stores.open(selected);
    for (const call of [() => manager.get("a"), () => manager.set("a", value), () => manager.delete("a")]) {
      expect(await failure(call())).toMatchObject({ code: "INVALID_CONFIGURATION", reason: "PATH_MISMATCH" });
    }
  }
  expect(stores.outer.find("a")).toMatchObject({ value, version: 1 });
});
