import { setTimeout as sleep } from "node:timers/promises";
import type { SecretsManager } from "@archestra/secrets-core";
import { fail, type Outcome, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import { NotDeclared } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { expectAnswer, hasOperation, INITIAL, type Operation, operations, PRESENT } from "../operations.ts";

const ALONE =
  'SecretsBackend: "Calls do not wait for each other, unless they share a connection that answers in order"; CallContext.signal: "a read never shares the request of another one"';

const KEPT = "present/secret/kept";
/** The deadline of a call that hangs: the case ends before. */
const DEADLINE = 60_000;
/** Until a request was sent. */
const SENT_AFTER = 100;
/** Until a read that is not served is one on a connection that answers in order. */
const OTHER_WITHIN = 2_000;
/** How long one attempt takes at most: one that was lost is made again. */
const ATTEMPT = 3_000;
/** Until a client serves, on a busy machine. */
const SERVES_WITHIN = 12_000;

/** Cases of a read while an equal one hangs: nothing of the hung one may hold it up. */
export const readsBesideHangCases: readonly ConformanceCase<BackendFixture>[] = operations
  .filter(({ change }) => change === undefined)
  .map(servedBesideItself);

function servedBesideItself(read: Operation): ConformanceCase<BackendFixture> {
  return {
    name: `timeout: while a ${read.name} hangs, a client that serves other reads serves another ${read.name}`,
    contract: ALONE,
    async run(fixture) {
      fixture.needsFault("timeout");
      await fixture.openWith({ [PRESENT]: INITIAL });
      // Without a cache, in which equal reads share a request.
      const { manager, backend } = await fixture.open({ timeout: DEADLINE, cache: undefined });
      if (!hasOperation(read, backend.capabilities)) throw new NotDeclared("`capabilities.list` is not true");
      // So that it has a connection.
      await manager.has(PRESENT);
      const giveUp = new AbortController();
      const lift = await fixture.arrange("timeout");
      let hasEnded = false;
      const hung = outcomeOf(() => read.run(manager, { signal: giveUp.signal })).finally(() => {
        hasEnded = true;
      });
      await sleep(SENT_AFTER);
      await lift();
      const other = await within(OTHER_WITHIN, (signal) => manager.has(KEPT, { signal }));
      // Otherwise the call has ended without the store, or all calls share a connection.
      if (!other.failed && !hasEnded) await expectServed(manager, read);
      giveUp.abort();
      await hung;
    },
  };
}

async function expectServed(manager: SecretsManager, read: Operation): Promise<void> {
  const end = Date.now() + SERVES_WITHIN;
  for (;;) {
    const outcome = await within(ATTEMPT, (signal) => read.run(manager, { signal }));
    if (!outcome.failed) return expectAnswer(read, outcome);
    if (Date.now() > end) fail(`\`${read.name}\` to succeed while another one hangs`, showOutcome(outcome));
  }
}

/** Aborts a call when the time is over. */
function within<Result>(
  time: number,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Outcome<Result>> {
  return outcomeOf(() => call(AbortSignal.timeout(time)));
}
