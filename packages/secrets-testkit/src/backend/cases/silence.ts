import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError } from "@archestra/secrets-core";
import { expectEqual, expectThat, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { type Operation, operations } from "../operations.ts";
import { expectChangeOrNone, openDeclared } from "../store-state.ts";

const START = 'PluginContext.signal: "Aborts when the application cancels the start"';
const CLOSE =
  'SecretsBackend.close: "Ends connections, timers and sweeps. Called once, after every other call has ended"';

const ENDS =
  'PluginContext.signal: "the time for the plugin\'s cleanup. Then the start ends without the plugin"';

/** How long a start waits for a store that does not answer until it is given up. */
const PATIENCE = 1_000;
/** What ending may take beyond that, on a busy machine. A plugin has five seconds after an abort, and ten for closing. */
const END_TIMEOUT = 20_000;
/** The longest that a manager has: what a backend still does for a call that was given up could last as long. */
const LONGEST_DEADLINE = 60_000;
/** Until a request was sent. */
const SENT_AFTER = 200;

/** Cases of a store that never answers while a plugin opens or closes. */
export const silenceCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "never-answers: an aborted start ends without the store, and a later start serves",
    contract: START,
    async run(fixture) {
      const lift = await fixture.arrangeLasting("timeout");
      const controller = new AbortController();
      const start = outcomeOf(() => fixture.open({ signal: controller.signal }));
      await Promise.race([start, sleep(PATIENCE)]);
      controller.abort();
      const outcome = await Promise.race([start, sleep(END_TIMEOUT, undefined, { ref: false })]);
      await lift();
      if (outcome === undefined) fail(`the start to end within ${END_TIMEOUT} ms`, "it is still running");
      const isRight =
        !outcome.failed ||
        ["ABORTED", "UNAVAILABLE", "TIMEOUT"].some((code) => isSecretsError(outcome.error, code as never));
      const expected =
        "the start to succeed without the store, or to fail with ABORTED, UNAVAILABLE or TIMEOUT";
      expectThat(isRight, expected, showOutcome(outcome));
      const { manager } = await fixture.open();
      // A start that sent no request leaves a fault of one request to the first call.
      if (!lift.isLasting)
        await outcomeOf(() => manager.get("none", { signal: AbortSignal.timeout(PATIENCE) }));
      await manager.create("serves", { token: "1" });
      expectEqual((await manager.get("serves"))?.value, { token: "1" }, "what a later client reads");
    },
  },
  {
    name: "never-answers: create ends when its signal aborts",
    contract: ENDS,
    async run(fixture) {
      const lift = await fixture.arrangeLasting("timeout");
      const controller = new AbortController();
      let hasEnded = false;
      const start = outcomeOf(() =>
        fixture.openObserved({ signal: controller.signal }, () => {
          hasEnded = true;
        }),
      );
      await Promise.race([start, sleep(PATIENCE)]);
      controller.abort();
      await start;
      // The manager may have given it up.
      const endedByItself = hasEnded;
      await lift();
      expectThat(endedByItself, "`create` to end within five seconds after the abort", "it is still running");
    },
  },
  ...operations
    .filter(({ name }) => ["get", "list", "set", "delete", "check"].includes(name))
    .map(closeInProgress),
];

function closeInProgress(operation: Operation): ConformanceCase<BackendFixture> {
  return {
    name: `never-answers: close ends while ${operation.name} waits for the store`,
    contract: CLOSE,
    async run(fixture) {
      fixture.needsFault("timeout");
      await openDeclared(fixture, operation);
      const { manager } = await fixture.open({ timeout: LONGEST_DEADLINE });
      const lift = await fixture.arrange("timeout");
      const call = outcomeOf(() => operation.run(manager));
      await sleep(SENT_AFTER);
      const closing = outcomeOf(() => manager.close({ timeout: 0 }));
      const closed = await Promise.race([closing, sleep(END_TIMEOUT, undefined, { ref: false })]);
      if (closed === undefined) fail(`\`close\` to end within ${END_TIMEOUT} ms`, "it is still running");
      if (closed.failed) fail("`close` to succeed", showOutcome(closed));
      const outcome = await Promise.race([call, sleep(END_TIMEOUT, undefined, { ref: false })]);
      if (outcome === undefined)
        fail(`\`${operation.name}\` to end when \`close\` has`, "it is still running");
      await lift();
      await expectChangeOrNone(fixture, operation, outcome);
    },
  };
}
