import { expect, test } from "vitest";
import { finalizeMigration, migrateSecrets } from "../../src/index.ts";
import { failure } from "../support/failure.ts";
import { TwoStores } from "../support/two-stores.ts";

const value = Object.freeze({ token: "a" });
const mismatch = { code: "INVALID_CONFIGURATION", reason: "PATH_MISMATCH", manager: "OUTER" };

test("a copy that lies elsewhere than the settings say is neither deleted nor overwritten", async () => {
  const stores = new TwoStores();
  const mover = await stores.open("OUTER");
  await mover.create("a", value);
  await migrateSecrets(mover, { to: "MEMORY" });
  for (const selected of ["MEMORY", "OUTER"] as const) {
    const manager = await stores.open(selected, { outer: { prefix: "elsewhere" } });
    expect(await failure(manager.delete("a"))).toMatchObject(mismatch);
    expect((await finalizeMigration(manager)).failures[0]?.error).toMatchObject(mismatch);
    for (const dryRun of [true, false]) {
      const report = await migrateSecrets(manager, { to: "OUTER", dryRun });
      expect(report.failures[0]?.error).toMatchObject(mismatch);
    }
    expect((await manager.get("a"))?.value).toEqual(value);
  }
  expect(stores.outer.find("a")).toMatchObject({ value, version: 2 });
});
