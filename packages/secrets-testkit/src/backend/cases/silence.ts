import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError } from "@archestra/secrets-core";
import { expectEqual, expectThat, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { type Operation, operations } from "../operations.ts";
import { expectChangeOrNone, openDeclared } from "../store-state.ts";

const START =
  "PluginDefinition.create: opens what the plugin is for, in a time of its own when the store does not answer";
const CLOSE =
  'SecretsBackend.close: "Ends connections, timers and sweeps. Called once, after every other call has settled or was given up"';

/** What a start may take whose store does not answer, on a busy machine: one that never ends is found all the same. */
const START_TIMEOUT = 60_000;
/** The same for closing, for which a plugin has ten seconds. */
const CLOSE_TIMEOUT = 20_000;
/** Until a request was sent. */
const SENT_AFTER = 200;

/** Cases of a store that never answers while a plugin opens or closes. */
export const silenceCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "never-answers: a start ends without the store, and a later one serves",
    contract: START,
    async run(fixture) {
      fixture.needsFault("timeout");
      const lift = await fixture.arrange("timeout");
      const start = outcomeOf(() => fixture.open());
      const outcome = await Promise.race([start, sleep(START_TIMEOUT, undefined, { ref: false })]);
      await lift();
      if (outcome === undefined) fail(`the start to end within ${START_TIMEOUT} ms`, "it goes on");
      const isRight =
        !outcome.failed ||
        isSecretsError(outcome.error, "UNAVAILABLE") ||
        isSecretsError(outcome.error, "TIMEOUT");
      const expected = "the start to succeed without the store, or to fail with UNAVAILABLE or TIMEOUT";
      expectThat(isRight, expected, showOutcome(outcome));
      const { manager } = await fixture.open();
      await manager.create("serves", { token: "1" });
      expectEqual((await manager.get("serves"))?.value, { token: "1" }, "what a later client reads");
    },
  },
  ...operations
    .filter(({ name }) => ["get", "list", "set", "delete", "check"].includes(name))
    .map(closeUnderWay),
];

function closeUnderWay(operation: Operation): ConformanceCase<BackendFixture> {
  return {
    name: `never-answers: close ends while ${operation.name} waits for the store`,
    contract: CLOSE,
    async run(fixture) {
      fixture.needsFault("timeout");
      const { manager } = await openDeclared(fixture, operation);
      const lift = await fixture.arrange("timeout");
      const call = outcomeOf(() => operation.run(manager));
      await sleep(SENT_AFTER);
      const closing = outcomeOf(() => manager.close({ timeout: 0 }));
      const closed = await Promise.race([closing, sleep(CLOSE_TIMEOUT, undefined, { ref: false })]);
      if (closed === undefined) fail(`\`close\` to end within ${CLOSE_TIMEOUT} ms`, "it goes on");
      if (closed.failed) fail("`close` to succeed", showOutcome(closed));
      const outcome = await Promise.race([call, sleep(CLOSE_TIMEOUT, undefined, { ref: false })]);
      if (outcome === undefined) fail(`\`${operation.name}\` to end when \`close\` has`, "it goes on");
      await lift();
      await expectChangeOrNone(fixture, operation, outcome);
    },
  };
}
