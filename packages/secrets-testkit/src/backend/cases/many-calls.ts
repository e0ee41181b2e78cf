import { setTimeout as sleep } from "node:timers/promises";
import type { SecretsManager } from "@archestra/secrets-core";
import { expectEqual, fail, type Outcome, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { INITIAL, PRESENT } from "../operations.ts";
import { openWithPresent } from "../store-state.ts";

const SERVES =
  'SecretsBackend: "Calls do not wait for each other"; a call that has ended takes no place of the next ones';

/** More than the connections of usual pools, also one after the other. */
const CALLS = 150;
/** Until requests were sent. */
const SENT_AFTER = 200;
/** Until a client serves again, on a busy machine. */
const SERVES_WITHIN = 20_000;
/** How long one attempt takes at most. */
const ATTEMPT = 5_000;
const PAUSE = 100;

/** Cases of many calls that failed: a pool that does not take back a place is exhausted after as many as it has. */
export const manyCallsCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "unavailable: a client whose calls failed many times serves as many at the same time",
    contract: SERVES,
    async run(fixture) {
      fixture.needsFault("unavailable");
      const { manager } = await openWithPresent(fixture);
      const lift = await fixture.arrangeLasting("unavailable");
      // Retries of a plugin end with their signal.
      await getManyTimes(manager, AbortSignal.timeout(ATTEMPT));
      await lift();
      await expectServesMany(manager, "many calls during an outage");
    },
  },
  {
    name: "timeout: a client whose calls were aborted at the same time serves as many",
    contract: SERVES,
    async run(fixture) {
      fixture.needsFault("timeout");
      const { manager } = await openWithPresent(fixture);
      const controller = new AbortController();
      const lift = await fixture.arrangeLasting("timeout");
      const hung = getManyTimes(manager, controller.signal);
      await sleep(SENT_AFTER);
      controller.abort();
      await hung;
      await lift();
      await expectServesMany(manager, "many aborted calls");
    },
  },
];

/** Reads a secret many times at once, by `has`, which no cache of the client answers. */
function getManyTimes(manager: SecretsManager, signal: AbortSignal): Promise<Outcome<boolean>[]> {
  return Promise.all(Array.from({ length: CALLS }, () => outcomeOf(() => manager.has(PRESENT, { signal }))));
}

/** Fails unless a client soon serves many calls at the same time: the first ones may find connections that have ended. */
async function expectServesMany(manager: SecretsManager, after: string): Promise<void> {
  const end = Date.now() + SERVES_WITHIN;
  for (;;) {
    const outcomes = await getManyTimes(manager, AbortSignal.timeout(ATTEMPT));
    const failed = outcomes.filter((outcome) => outcome.failed);
    if (failed.length === 0) break;
    if (Date.now() > end) {
      const [first] = failed as [Outcome<boolean>];
      fail(`${CALLS} calls to succeed soon after ${after}`, `${failed.length} fail: ${showOutcome(first)}`);
    }
    await sleep(PAUSE);
  }
  expectEqual((await manager.get(PRESENT))?.value, INITIAL, `the value after ${after}`);
}
