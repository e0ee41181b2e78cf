import { checkMovingHistories, everyMovingAnswer } from "@archestra/test-harness/moving-histories";
import { expect, test } from "vitest";
import { movableStores } from "../support/movable-stores.ts";
import { TwoStores } from "../support/two-stores.ts";

test("10 000 random histories in which secrets move and processes die are linearizable, name by name", async () => {
  const stores = new TwoStores();
  const secrets = movableStores(stores);
  expect(await checkMovingHistories({ runs: 10_000, secrets })).toEqual(everyMovingAnswer(secrets.managers));
  expect(stores.contents).toEqual({ rows: [], outer: [] });
});
