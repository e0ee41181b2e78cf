import { expect, test } from "vitest";
import { checkMovingHistories, everyMovingAnswer } from "../../../../tools/testing/moving-histories.ts";
import { movableStores } from "../support/movable-stores.ts";
import { TwoStores } from "../support/two-stores.ts";

test("2 000 random histories in which secrets move and processes die are linearizable, name by name", async () => {
  const secrets = movableStores(new TwoStores());
  expect(await checkMovingHistories({ runs: 2_000, secrets })).toEqual(everyMovingAnswer(secrets.managers));
  expect(await secrets.names()).toEqual([]);
});
