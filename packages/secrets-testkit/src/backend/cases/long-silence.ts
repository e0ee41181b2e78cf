import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import { expectThat, type Outcome, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import { LONGEST_CASE_TIMEOUT } from "../../runner/run-case.ts";
import { besideOtherCases } from "../../runner/turns.ts";
import type { BackendFixture, EndFault } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";
import { expectAnswer, hasOperation, type Operation, operationsOn, secretsOf } from "../operations.ts";
import { expectClaimIn } from "../store-state.ts";

const SILENCE =
  'SecretsBackend: "a store that refuses, is unreachable or sends an invalid answer has proven nothing"; a timeout of the client library proves nothing either';

/** The deadline of the calls, the longest that a manager has: no timer of the manager ends them in the meantime. */
const DEADLINE = 60_000;
/** Longer than the usual timeouts of client libraries, of which 30 seconds is the longest. */
const SILENT_FOR = 33_000;
/** Until requests were sent, and until a store that answers again has executed them. */
const SETTLED_AFTER = 500;

/** A call in progress, on a client and on secrets of its own. */
interface PendingCall {
  readonly operation: Operation;
  readonly outcome: Promise<Outcome<unknown>>;
  /** Undefined: the call is in progress. */
  readonly ended: () => Outcome<unknown> | undefined;
}

/** A store with clients that are ready to send their calls. */
interface Clients {
  readonly fixture: BackendFixture;
  readonly calls: readonly { readonly operation: Operation; readonly start: () => PendingCall }[];
}

/** Cases of a timer of the client library, which ends a call earlier than its deadline. */
export const longSilenceCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "timeout: no call claims a result after half a minute without an answer",
    contract: SILENCE,
    timeout: LONGEST_CASE_TIMEOUT,
    waits: true,
    async run(fixture) {
      fixture.needsFault("timeout");
      const canHang = fixture.canArrange("hanging-answer");
      const other = canHang ? await fixture.openStore() : undefined;
      const controller = new AbortController();
      const silent = await openClients(fixture, "silent", controller.signal, () => true);
      const isChange = ({ change }: Operation) => change !== undefined;
      const hanging = other && (await openClients(other, "hanging", controller.signal, isChange));

      // The waiting for both faults is the same.
      const hung = hanging === undefined ? undefined : await startAll(hanging, "hanging-answer");
      await sleep(SETTLED_AFTER);
      const unanswered = await startAll(silent, "timeout");
      await sleep(SETTLED_AFTER);
      await passTime(SILENT_FOR, fixture, other ?? fixture);
      await sleep(SETTLED_AFTER);
      if (unanswered.end.isLasting) expectNotHealthy(unanswered.calls);
      await unanswered.end();
      await hung?.end();
      await sleep(SETTLED_AFTER);
      controller.abort();

      await expectClaims(fixture, unanswered.calls);
      if (other !== undefined && hung !== undefined) await expectClaims(other, hung.calls);
    },
  },
];

/** A clock of the harness may be that of all its stores, so no other case runs while it is moved. */
async function passTime(milliseconds: number, ...fixtures: readonly BackendFixture[]): Promise<void> {
  const pass = async () => {
    await Promise.all([...new Set(fixtures)].map((fixture) => fixture.passTime(milliseconds)));
  };
  const hasClock = fixtures.some(({ store }) => store.passTime !== undefined);
  await (hasClock ? pass() : besideOtherCases(pass));
}

/** Opens a client for each call, with a connection: only its next request meets the fault. */
async function openClients(
  fixture: BackendFixture,
  folder: string,
  signal: AbortSignal,
  isWanted: (operation: Operation) => boolean,
): Promise<Clients> {
  const all = operationsOn(secretsOf(folder)).filter(isWanted);
  const calls = await Promise.all(
    all.map(async ({ name }, index) => {
      const secrets = secretsOf(`${folder}/${index}`);
      const operation = operationsOn(secrets).find((candidate) => candidate.name === name) as Operation;
      const { manager, backend } = await fixture.open({ timeout: DEADLINE });
      await manager.create(secrets.present, secrets.initial);
      const start = (): PendingCall => {
        let ended: Outcome<unknown> | undefined;
        const outcome = outcomeOf(() => operation.run(manager, { signal })).then((result) => {
          ended = result;
          return result;
        });
        return { operation, outcome, ended: () => ended };
      };
      return { operation, start, isDeclared: hasOperation(operation, backend.capabilities) };
    }),
  );
  return { fixture, calls: calls.filter(({ isDeclared }) => isDeclared) };
}

/** Starts every call while a fault lasts, or each call with the fault of one request. */
async function startAll(
  { fixture, calls }: Clients,
  fault: Fault,
): Promise<{ readonly calls: readonly PendingCall[]; readonly end: EndFault }> {
  let end = await fixture.arrangeLasting(fault);
  const pending: PendingCall[] = [];
  for (const { start } of calls) {
    if (!end.isLasting && pending.length > 0) {
      await sleep(SETTLED_AFTER);
      end = await fixture.arrangeLasting(fault);
    }
    pending.push(start());
  }
  return { calls: pending, end };
}

/** A health that was found while the store was silent cannot be compared afterwards. */
function expectNotHealthy(calls: readonly PendingCall[]): void {
  for (const { operation, ended } of calls) {
    const outcome = operation.name === "check" ? ended() : undefined;
    if (outcome === undefined) continue;
    expectThat(outcome.failed, "`check` not to report a silent store as healthy", showOutcome(outcome));
  }
}

async function expectClaims(fixture: BackendFixture, calls: readonly PendingCall[]): Promise<void> {
  const { manager: reader } = await fixture.open();
  for (const { operation, outcome: end } of calls) {
    const outcome = await end;
    const codes: SecretsErrorCode[] = ["UNAVAILABLE", "TIMEOUT", "ABORTED"];
    if (operation.change !== undefined) codes.push("OUTCOME_UNKNOWN");
    const isRight = !outcome.failed || codes.some((code) => isSecretsError(outcome.error, code));
    const call = `\`${operation.name}\` that is not answered`;
    expectThat(isRight, `${call} to succeed, or to fail with ${codes.join(" or ")}`, showOutcome(outcome));
    expectAnswer(operation, outcome);
    await expectClaimIn(reader, operation, outcome, call);
  }
}
