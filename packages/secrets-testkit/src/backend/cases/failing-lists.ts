import { setTimeout as sleep } from "node:timers/promises";
import { expectThat, outcomeOf } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture, EndFault } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";
import { createAll } from "../many-secrets.ts";
import { ABSENT } from "../operations.ts";

const THROWS =
  'SecretsBackend.list: "A list that cannot be continued throws: it ends only after the last name"';
const HANDLED = 'SecretsBackend: "No promise rejects unhandled"';

/** A usual page, if the harness declares none. */
const USUAL_SIZE = 100;
/** The places in a list after which a store fails, around the ends of usual pages. */
const PLACES = [1, 10, 100, 101];
/** Until a request was sent, and a failure of the store has arrived. */
const SENT_AFTER = 100;
/** Until a list that the store does not answer is given up. */
const GIVEN_UP_AFTER = 300;

/** Cases of lists whose store fails after the first page, for the consumer or after it stopped. */
export const failingListCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "a list whose later page cannot be read does not end as if it were complete",
    contract: THROWS,
    async run(fixture) {
      const { faults, length } = await createPages(fixture, 3, ["unavailable", "timeout", "nonsense"]);
      for (const fault of faults) {
        const client = await fixture.open();
        const controller = new AbortController();
        const entries = listOf(fixture, client, controller.signal);
        let count = (await entries.next()).done ? 0 : 1;
        const lift = await fixture.arrangeLasting(fault);
        const timer = setTimeout(() => controller.abort(), GIVEN_UP_AFTER);
        const rest = await outcomeOf(async () => {
          while (!(await entries.next()).done) count++;
        });
        clearTimeout(timer);
        await endFault(client, lift);
        const isRight = rest.failed || count === length;
        const expected = `a list of ${length} names to throw after ${fault}, or to be complete`;
        expectThat(isRight, expected, `it ended after ${count} names`);
      }
    },
  },
  {
    name: "a list that its consumer has left leaves no unhandled rejection when the store fails",
    contract: HANDLED,
    async run(fixture) {
      const { faults, length } = await createPages(fixture, 2.5, ["unavailable", "timeout"]);
      const { pageSize } = fixture.store;
      const places = pageSize === undefined ? PLACES : [1, pageSize, pageSize + 1];
      for (const fault of faults) {
        for (const place of places) {
          const client = await fixture.open();
          const controller = new AbortController();
          const entries = listOf(fixture, client, controller.signal, true);
          for (let count = 0; count < Math.min(place, length); count++) await entries.next();
          const lift = await fixture.arrangeLasting(fault);
          // A page that was requested ahead needs no request for its first entry, and requests the next page.
          const next = outcomeOf(async () => entries.next());
          await Promise.race([next, sleep(SENT_AFTER)]);
          const left = outcomeOf(async () => entries.return?.());
          controller.abort();
          await Promise.all([next, left]);
          await sleep(SENT_AFTER / 5);
          // The runner fails the case for a rejection of a promise that is not awaited.
          await endFault(client, lift);
        }
      }
    },
  },
];

/** Creates the secrets of several pages. Ends the case if the harness can inject none of the faults. */
async function createPages(
  fixture: BackendFixture,
  pages: number,
  wanted: readonly [Fault, ...(readonly Fault[])],
): Promise<{ readonly faults: readonly Fault[]; readonly length: number }> {
  const faults = wanted.filter((fault) => fixture.canArrange(fault));
  if (faults.length === 0) fixture.needsFault(wanted[0]);
  const { manager } = await fixture.openDeclaring("list");
  const length = Math.ceil(pages * (fixture.store.pageSize ?? USUAL_SIZE));
  await createAll(
    manager,
    Array.from({ length }, (_, index) => `many/${index}`),
  );
  return { faults, length };
}

/** A list of the backend itself: the manager throws when the signal has aborted. */
function listOf(fixture: BackendFixture, { backend }: BackendClient, signal: AbortSignal, onlyNames = false) {
  const range = { prefix: "", onlyNames };
  return backend.list(range, fixture.context(signal))[Symbol.asyncIterator]();
}

/** Ends a fault, also one of one request that no request has met. */
async function endFault({ manager }: BackendClient, lift: EndFault): Promise<void> {
  await lift();
  if (lift.isLasting) return;
  await outcomeOf(() => manager.has(ABSENT, { signal: AbortSignal.timeout(SENT_AFTER) }));
}
