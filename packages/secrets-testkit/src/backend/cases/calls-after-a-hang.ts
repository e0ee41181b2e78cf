import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, type SecretsErrorCode, type SecretsManager } from "@archestra/secrets-core";
import { expectThat, fail, type Outcome, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import {
  expectAnswer,
  hasOperation,
  type Operation,
  operationsOn,
  type SecretsOfCalls,
  secretsOf,
} from "../operations.ts";
import { expectClaimIn } from "../store-state.ts";

const LATE =
  'CallContext.signal: "A read stops and throws `signal.reason`"; its answer, if it arrives later, is not the answer of another call';
const SERVES = "CallContext.signal: it ends one call, and the client serves the next ones";

/** The deadline of a call, of which the manager keeps a fifth for reading back. */
const TIMEOUT = 5_000;
/** Until requests were sent. */
const SENT_AFTER = 100;
/** Until a call that was sent in the silence is given up after its end: its request may be lost. */
const GIVEN_UP_AFTER = 400;
/** Until a client serves again, on a busy machine. */
const SERVES_WITHIN = 15_000;

/** Until a request that meets a fault is given up. Longer than an answer takes on a busy machine. */
const FAULT_TIMEOUT = 2_000;

/** The calls after a hung one: those that a backend receives in different ways. */
const nextCalls = ["get", "set", "list", "delete", "check", "create"];
/** In the last rounds, the next calls are sent before the store answers again. */
const ROUNDS = nextCalls.length + 2;
const isEarly = (round: number) => round >= nextCalls.length;

/** Cases of the calls of a client after one that hung. */
export const callsAfterHangCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "timeout: after a hung call of any kind, the same client answers every call with its own answer",
    contract: LATE,
    async run(fixture) {
      fixture.needsFault("timeout");
      const clients = await openHangingClients(fixture);
      const { manager: reader } = await fixture.open();
      for (let round = 0; round < ROUNDS; round++) await runRound(fixture, reader, clients, round);
      for (const { manager, reads, write } of clients) await expectServes(manager, [...reads, write]);
    },
  },
  {
    name: "hanging-answer: a client whose change hangs serves every read",
    contract: SERVES,
    async run(fixture) {
      fixture.needsFault("hanging-answer");
      const clients = await openHangingClients(fixture, ({ change }) => change !== undefined);
      const controller = new AbortController();
      const calls: Promise<Outcome<unknown>>[] = [];
      let end = await fixture.arrange("hanging-answer");
      for (const { manager, hung } of clients) {
        if (!end.isLasting && calls.length > 0) {
          await sleep(SENT_AFTER);
          end = await fixture.arrange("hanging-answer");
        }
        calls.push(outcomeOf(() => hung(0).run(manager, { signal: controller.signal })));
      }
      await sleep(SENT_AFTER);
      controller.abort();
      await Promise.all(calls);
      for (const { manager, reads } of clients) await expectServes(manager, reads);
      await end();
    },
  },
];

/** A client whose call hangs, again and again on other secrets. */
interface HangingClient {
  readonly manager: SecretsManager;
  /** The reads that the backend supports, on secrets that no other call changes. */
  readonly reads: readonly Operation[];
  /** A write on the same secrets. */
  readonly write: Operation;
  /** The call of a round that hangs. */
  readonly hung: (round: number) => Operation;
  /** The call of a round that follows. */
  readonly next: (round: number) => Operation;
}

async function openHangingClients(
  fixture: BackendFixture,
  isWanted: (operation: Operation) => boolean = () => true,
): Promise<HangingClient[]> {
  const kinds = operationsOn(secretsOf("none")).filter(isWanted);
  const { manager: writer } = await fixture.open();
  const opened = await Promise.all(
    kinds.map(async ({ name }, index): Promise<HangingClient[]> => {
      const { manager, backend } = await fixture.open({ timeout: TIMEOUT });
      const secretsIn = (round: number, role: string) => secretsOf(`client-${index}/${round}/${role}`);
      const home = secretsOf(`client-${index}/home`);
      const secrets = [home];
      for (let round = 0; round < ROUNDS; round++) {
        secrets.push(secretsIn(round, "hung"), secretsIn(round, "next"));
      }
      await Promise.all(secrets.map(({ present, initial }) => writer.create(present, initial)));
      // So that it has a connection: only its next request meets the fault.
      await outcomeOf(() => manager.has(home.present));
      const find = (wanted: string, on: SecretsOfCalls) =>
        operationsOn(on).find((operation) => operation.name === wanted) as Operation;
      const nameOfNext = (round: number) => {
        const next = nextCalls[(index + round) % nextCalls.length] as string;
        return next === "list" && !backend.capabilities.list ? "get" : next;
      };
      const hung = (round: number) => find(name, secretsIn(round, "hung"));
      const next = (round: number) => find(nameOfNext(round), secretsIn(round, "next"));
      const reads = operationsOn(home).filter(
        (operation) => operation.change === undefined && hasOperation(operation, backend.capabilities),
      );
      const client = { manager, reads, write: find("set", home), hung, next };
      return hasOperation(hung(0), backend.capabilities) ? [client] : [];
    }),
  );
  return opened.flat();
}

/** Lets the call of each client hang, gives it up, and sends the next call on the same client. */
async function runRound(
  fixture: BackendFixture,
  reader: SecretsManager,
  clients: readonly HangingClient[],
  round: number,
): Promise<void> {
  const giveUp = new AbortController();
  const giveUpNext = new AbortController();
  const hungCalls: Promise<Outcome<unknown>>[] = [];
  let end = await fixture.arrange("timeout");
  for (const { manager, hung } of clients) {
    if (!end.isLasting && hungCalls.length > 0) {
      await sleep(SENT_AFTER / 5);
      end = await fixture.arrange("timeout");
    }
    hungCalls.push(outcomeOf(() => hung(round).run(manager, { signal: giveUp.signal })));
  }
  await sleep(SENT_AFTER);
  giveUp.abort();
  // Reads end at once; changes may still read back.
  await sleep(SENT_AFTER / 5);
  if (!isEarly(round)) await end();
  const nextOutcomes = clients.map(({ manager, next }) =>
    outcomeOf(() => next(round).run(manager, { signal: giveUpNext.signal })),
  );
  await sleep(SENT_AFTER / 5);
  await end();
  await Promise.race([Promise.all(nextOutcomes), sleep(GIVEN_UP_AFTER)]);
  giveUpNext.abort();
  await Promise.all([...hungCalls, ...nextOutcomes]);
  if (!end.isLasting) await useUpFaults(reader, clients.length);
  for (const [index, { hung, next }] of clients.entries()) {
    const [before, after] = [hung(round), next(round)];
    const hungOutcome = (await hungCalls[index]) as Outcome<unknown>;
    const outcome = (await nextOutcomes[index]) as Outcome<unknown>;
    const call = `\`${after.name}\` after a hung \`${before.name}\``;
    const codes: SecretsErrorCode[] = ["UNAVAILABLE", "TIMEOUT", "ABORTED"];
    if (after.change !== undefined) codes.push("OUTCOME_UNKNOWN");
    const isRight = !outcome.failed || codes.some((code) => isSecretsError(outcome.error, code));
    expectThat(isRight, `${call} to succeed, or to fail with ${codes.join(" or ")}`, showOutcome(outcome));
    expectOwnAnswer(after, outcome, call);
    await expectClaimIn(reader, after, outcome, call);
    await expectClaimIn(reader, before, hungOutcome, `a hung \`${before.name}\``);
  }
}

/** On a busy machine, a call can be given up before it has sent the request that meets its fault. */
async function useUpFaults(reader: SecretsManager, most: number): Promise<void> {
  for (let left = most; left > 0; left--) {
    const signal = AbortSignal.timeout(FAULT_TIMEOUT);
    const outcome = await outcomeOf(() => reader.has("none", { signal }));
    if (!outcome.failed) return;
  }
}

function expectOwnAnswer(operation: Operation, outcome: Outcome<unknown>, call: string): void {
  expectAnswer({ ...operation, name: call.replaceAll("`", "") }, outcome);
}

/** Fails unless a client soon serves these calls. */
async function expectServes(manager: SecretsManager, calls: readonly Operation[]): Promise<void> {
  for (const operation of calls) {
    const end = Date.now() + SERVES_WITHIN;
    let outcome = await outcomeOf(() => operation.run(manager));
    while (outcome.failed) {
      if (Date.now() > end) fail(`\`${operation.name}\` to succeed after a hung call`, showOutcome(outcome));
      await sleep(SENT_AFTER);
      outcome = await outcomeOf(() => operation.run(manager));
    }
    expectOwnAnswer(operation, outcome, `\`${operation.name}\` after a hung call`);
  }
}
