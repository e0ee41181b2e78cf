import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, type SecretsManager } from "@archestra/secrets-core";
import { expectThat, fail, outcomeOf, show, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";

const START =
  'PluginDefinition.create: "A start during an outage fails with UNAVAILABLE, or succeeds, and then serves when the outage has ended"';
const REFUSED =
  'PluginDefinition.create: "Credentials that the store refuses fail the start with UNAUTHENTICATED if the start asks the store, unless `opensDegraded` is true"';
const DEGRADED =
  "PluginContext.opensDegraded: a store that does not serve requests is a warning, so that the secrets of other managers stay available";

/** Until a client serves, on a busy machine: it may wait before it connects again. */
const SERVES_WITHIN = 20_000;
const PAUSE = 100;

const refusals: readonly Fault[] = ["unavailable", "unauthenticated", "permission-denied"];

/** Cases of a client that starts while the store does not serve. */
export const openingInOutageCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "opening: a client that starts while the store is unavailable serves when it is available again",
    contract: START,
    async run(fixture) {
      await (await fixture.open()).manager.close();
      const lift = await fixture.arrangeLasting("unavailable");
      const start = await outcomeOf(() => fixture.open());
      // So that it has no connection, whenever it opens one.
      if (!start.failed) await outcomeOf(() => start.result.manager.has("a"));
      await lift();
      const isRight = !start.failed || isSecretsError(start.error, "UNAVAILABLE");
      expectThat(isRight, "the start to succeed, or to fail with UNAVAILABLE", showOutcome(start));
      if (!start.failed) await expectServesAgain(start.result.manager);
    },
  },
  {
    name: "opening: a start that learns that its credentials are refused fails with UNAUTHENTICATED",
    contract: REFUSED,
    async run(fixture) {
      fixture.needsFault("unauthenticated");
      await (await fixture.open()).manager.close();
      const usual = fixture.warnings.length;
      const lift = await fixture.arrangeLasting("unauthenticated");
      const start = await outcomeOf(() => fixture.open());
      await lift();
      if (start.failed) {
        const isRight = isSecretsError(start.error, "UNAUTHENTICATED");
        expectThat(isRight, "the start to fail with UNAUTHENTICATED", showOutcome(start));
        return;
      }
      // One that asks the store nothing does not learn it.
      const added = fixture.warnings.slice(2 * usual).map(({ message }) => message);
      expectThat(added.length === 0, "the start to fail instead of a warning", show(added));
    },
  },
  ...refusals.map(opensBesideTable),
];

function opensBesideTable(fault: Fault): ConformanceCase<BackendFixture> {
  return {
    name: `opening: beside an ownership table of another plugin, a start during ${fault} succeeds`,
    contract: DEGRADED,
    async run(fixture) {
      fixture.needsFault(fault);
      const { backend, manager } = await fixture.open();
      await manager.close();
      // Its own table is the one in use, and is needed.
      if (backend.ownership !== undefined) return;
      const lift = await fixture.arrangeLasting(fault);
      const start = await outcomeOf(() => fixture.openBesideTable());
      await lift();
      if (start.failed) fail(`the start during ${fault} to succeed`, showOutcome(start));
      await expectServesAgain(start.result);
    },
  };
}

async function expectServesAgain(manager: SecretsManager): Promise<void> {
  const end = Date.now() + SERVES_WITHIN;
  for (;;) {
    const outcome = await outcomeOf(() => manager.set("a", { token: "1" }));
    if (!outcome.failed) break;
    if (Date.now() > end) fail("`set` to succeed soon after the end of the outage", showOutcome(outcome));
    await sleep(PAUSE);
  }
  const read = await outcomeOf(() => manager.get("a"));
  const isRead = !read.failed && read.result?.value.token === "1";
  expectThat(isRead, "`get` to return what the client wrote", showOutcome(read));
}
