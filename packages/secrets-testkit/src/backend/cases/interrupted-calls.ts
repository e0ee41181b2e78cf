import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError } from "@archestra/secrets-core";
import type { CallContext, SecretsBackend } from "@archestra/secrets-core/plugin";
import { expectEqual, expectThat, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { ABSENT, expectAnswer, type Operation, operations, PRESENT, WRITTEN } from "../operations.ts";
import { expectChangeOrNone, openDeclared } from "../store-state.ts";

const SIGNAL =
  'CallContext.signal: "A read stops and throws `signal.reason`. A write that has sent nothing does the same"';
const DEADLINE =
  'SecretsManager: a call "ends within the manager\'s deadline (TIMEOUT, or OUTCOME_UNKNOWN for a change that was sent)"';

/** Short for the patience of a test, and long enough to send a request. */
const SHORT_TIMEOUT = 500;
/** How long a backend may take to give up after its signal has aborted, on a busy machine. */
const GIVING_UP = 10_000;

const backendCalls: readonly {
  readonly operation: string;
  readonly run: (backend: SecretsBackend, context: CallContext) => Promise<unknown>;
}[] = [
  { operation: "get", run: (backend, context) => backend.get(PRESENT, context) },
  {
    operation: "list",
    run: (backend, context) => Array.fromAsync(backend.list({ prefix: "" }, context)),
  },
  {
    operation: "create",
    run: (backend, context) => backend.write(ABSENT, WRITTEN, { expect: "absent" }, context),
  },
  {
    operation: "set",
    run: (backend, context) => backend.write(PRESENT, WRITTEN, { expect: "any" }, context),
  },
  { operation: "delete", run: (backend, context) => backend.delete(PRESENT, { expect: "any" }, context) },
];

const changingCalls: typeof backendCalls = [
  ...backendCalls.filter(({ operation }) => findOperation(operation).change !== undefined),
  {
    operation: "update",
    run: (backend, context) => backend.write(PRESENT, WRITTEN, { expect: "present" }, context),
  },
];

/** Cases of calls that are aborted or time out while the store does not respond. */
export const interruptedCases: readonly ConformanceCase<BackendFixture>[] = [
  ...backendCalls.map(({ operation, run }) => abortedInFlight(findOperation(operation), run)),
  ...changingCalls.map(abortedBefore),
  ...operations.map(late),
];

/** A manager hands on no such call; but a backend that read something first is where the signal aborts. */
function abortedBefore({ operation, run }: (typeof backendCalls)[number]): ConformanceCase<BackendFixture> {
  return {
    name: `aborted: the backend sends no request of ${operation} when the signal has aborted before`,
    contract: SIGNAL,
    async run(fixture) {
      const { backend } = await openDeclared(fixture, findOperation(operation));
      const rawBefore = await rawSecrets(fixture);
      const reason = new Error("the caller gave up");
      const outcome = await outcomeOf(() => run(backend, fixture.context(AbortSignal.abort(reason))));
      const isRight = outcome.failed && outcome.error === reason;
      expectThat(isRight, "the call to throw `signal.reason`", showOutcome(outcome));
      await expectChangeOrNone(fixture, findOperation(operation), outcome);
      expectEqual(await rawSecrets(fixture), rawBefore, "what the store holds afterwards");
    },
  };
}

async function rawSecrets({ store }: BackendFixture): Promise<unknown> {
  return [await store.readRaw?.(PRESENT), await store.readRaw?.(ABSENT)];
}

function abortedInFlight(
  operation: Operation,
  run: (typeof backendCalls)[number]["run"],
): ConformanceCase<BackendFixture> {
  const isWrite = operation.change !== undefined;
  return {
    name: `aborted: the backend ends ${operation.name} while the store does not respond`,
    contract: SIGNAL,
    async run(fixture) {
      fixture.needsFault("timeout");
      const { backend } = await openDeclared(fixture, operation);
      const lift = await fixture.arrange("timeout");
      const controller = new AbortController();
      const reason = new Error("the caller gave up");
      const call = outcomeOf(() =>
        run(backend, { ...fixture.context(controller.signal), deadline: Date.now() + SHORT_TIMEOUT }),
      );
      await sleep(SHORT_TIMEOUT / 5);
      controller.abort(reason);
      const ended = await Promise.race([call, sleep(GIVING_UP)]);
      await lift();
      const expected = isWrite ? "`signal.reason` or OUTCOME_UNKNOWN" : "`signal.reason`";
      if (ended === undefined)
        fail(`the call to end with ${expected} soon`, `it had not after ${GIVING_UP} ms`);
      const outcome = ended;
      const isRight =
        outcome.failed &&
        (outcome.error === reason || (isWrite && isSecretsError(outcome.error, "OUTCOME_UNKNOWN")));
      expectThat(isRight, `the call to throw ${expected}`, showOutcome(outcome));
      await expectChangeOrNone(fixture, operation, outcome);
    },
  };
}

function late(operation: Operation): ConformanceCase<BackendFixture> {
  const codes = operation.change === undefined ? ["TIMEOUT"] : ["TIMEOUT", "OUTCOME_UNKNOWN"];
  return {
    name: `late: ${operation.name} ends with ${codes.join(" or ")}`,
    contract: DEADLINE,
    async run(fixture) {
      fixture.needsFault("timeout");
      await openDeclared(fixture, operation);
      const { manager } = await fixture.open({ timeout: SHORT_TIMEOUT });
      const lift = await fixture.arrange("timeout");
      const outcome = await outcomeOf(() => operation.run(manager));
      await lift();
      // After a fault of one request, a repeated one may succeed.
      const isRight = outcome.failed
        ? isSecretsError(outcome.error) && codes.includes(outcome.error.code)
        : lift.allowsSuccess;
      expectThat(isRight, `\`${operation.name}\` to fail with ${codes.join(" or ")}`, showOutcome(outcome));
      await expectChangeOrNone(fixture, operation, outcome);
      expectAnswer(operation, outcome);
    },
  };
}

function findOperation(name: string): Operation {
  const operation = operations.find((candidate) => candidate.name === name);
  if (operation === undefined) throw new TypeError(`There is no operation ${name}.`);
  return operation;
}
