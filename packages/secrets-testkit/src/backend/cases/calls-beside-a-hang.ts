import { setTimeout as sleep } from "node:timers/promises";
import type { SecretsManager } from "@archestra/secrets-core";
import {
  expectEqual,
  expectThat,
  fail,
  type Outcome,
  outcomeOf,
  showOutcome,
} from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendClient, BackendFixture } from "../backend-fixture.ts";
import { type Operation, operationsOn, PRESENT, secretsOf, WRITTEN } from "../operations.ts";
import { openWithPresent } from "../store-state.ts";

const ALONE =
  'SecretsBackend: "Calls do not wait for each other, unless they share a connection that answers in order"';
const OWN_SIGNAL =
  'CallContext.signal: "The signal ends this call only: a read never shares the request of another one"';

/** The deadline of a change that hangs: the case ends before. */
const DEADLINE = 60_000;
/** Until a request was sent. */
const SENT_AFTER = 100;
/** Until a read that is not served is one on a connection that answers in order. */
const READ_WITHIN = 2_000;
/** How long one attempt takes at most: one that was lost is made again. */
const ATTEMPT = 3_000;
/** Until a client serves, on a busy machine. */
const SERVES_WITHIN = 15_000;

/** Cases of the calls of a client while another call of it hangs. */
export const callsBesideHangCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "hanging-answer: while a change hangs, a client that serves reads serves every other change",
    contract: ALONE,
    async run(fixture) {
      fixture.needsFault("hanging-answer");
      const giveUp = new AbortController();
      const clients = await openChangingClients(fixture);
      const hung: Promise<unknown>[] = [];
      let end = await fixture.arrange("hanging-answer");
      for (const { manager, change } of clients) {
        if (!end.isLasting && hung.length > 0) end = await fixture.arrange("hanging-answer");
        hung.push(outcomeOf(() => change.run(manager, { signal: giveUp.signal })));
        await sleep(SENT_AFTER);
      }
      await end();
      const served = await Promise.all(clients.map((client) => outcomeOf(() => expectServesChanges(client))));
      giveUp.abort();
      await Promise.all(hung);
      for (const outcome of served) if (outcome.failed) throw outcome.error;
    },
  },
  {
    name: "timeout: a get of the backend does not share the signal of another get that hangs",
    contract: OWN_SIGNAL,
    async run(fixture) {
      fixture.needsFault("timeout");
      const { backend } = await openWithPresent(fixture);
      const { manager: writer } = await fixture.open();
      const controller = new AbortController();
      const reason = new Error("the caller of the first `get` gave up");
      const lift = await fixture.arrange("timeout");
      const first = outcomeOf(() => backend.get(PRESENT, fixture.context(controller.signal)));
      await sleep(SENT_AFTER);
      await lift();
      await writer.set(PRESENT, WRITTEN);
      const second = outcomeOf(() => backend.get(PRESENT, fixture.context()));
      await Promise.race([second, sleep(SENT_AFTER)]);
      controller.abort(reason);
      await first;
      const outcome = await Promise.race([second, sleep(SERVES_WITHIN, undefined, { ref: false })]);
      if (outcome === undefined) fail("the second `get` to end", `it had not after ${SERVES_WITHIN} ms`);
      const isShared = outcome.failed && outcome.error === reason;
      expectThat(!isShared, "the second `get` not to end with the signal of the first", showOutcome(outcome));
      // A connection that both shared may have ended with the first.
      if (outcome.failed) return;
      expectEqual(outcome.result?.value, WRITTEN, "the value that was written before the second `get`");
    },
  },
];

interface ChangingClient {
  readonly manager: SecretsManager;
  /** The change that hangs. */
  readonly change: Operation;
  /** A secret that no call changes. */
  readonly kept: string;
  /** The names of the secrets of an attempt begin with this. */
  readonly prefix: string;
}

/** Opens a client for each change, with a connection: only its next change meets the fault. */
function openChangingClients(fixture: BackendFixture): Promise<ChangingClient[]> {
  const changes = operationsOn(secretsOf("none")).filter(({ change }) => change !== undefined);
  return Promise.all(
    changes.map(async ({ name }, index) => {
      const secrets = secretsOf(`hung-${index}`);
      const prefix = `beside-${index}/`;
      const kept = `${prefix}kept`;
      const { manager }: BackendClient = await fixture.open({ timeout: DEADLINE });
      await manager.create(secrets.present, secrets.initial);
      await manager.create(kept, WRITTEN);
      const change = operationsOn(secrets).find((operation) => operation.name === name) as Operation;
      return { manager, change, kept, prefix };
    }),
  );
}

/** Fails unless a client that serves reads changes other secrets too. */
async function expectServesChanges({ manager, change, kept, prefix }: ChangingClient): Promise<void> {
  const end = Date.now() + SERVES_WITHIN;
  // `has`, which no cache of the client answers.
  const read = await within(READ_WITHIN, (signal) => manager.has(kept, { signal }));
  if (read.failed) return;
  for (let attempt = 0; ; attempt++) {
    const name = `${prefix}${attempt}`;
    const outcome = await within(ATTEMPT, async (signal) => {
      await manager.create(name, { token: "1" }, { signal });
      await manager.update(name, { token: "2" }, { signal });
      await manager.set(name, { token: "3" }, { signal });
      return manager.delete(name, { signal });
    });
    if (!outcome.failed) return;
    if (Date.now() > end)
      fail(`changes of other secrets to succeed while \`${change.name}\` hangs`, showOutcome(outcome));
  }
}

/** Aborts a call when the time is over. */
function within<Result>(
  time: number,
  call: (signal: AbortSignal) => Promise<Result>,
): Promise<Outcome<Result>> {
  return outcomeOf(() => call(AbortSignal.timeout(time)));
}
