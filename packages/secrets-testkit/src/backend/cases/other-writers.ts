import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { isSecretsError, type SecretInfo } from "@archestra/secrets-core";
import type { SecretsBackend, SecretValue } from "@archestra/secrets-core/plugin";
import { expectEqual, expectThat, outcomeOf, show, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";
import { ABSENT, expectAnswer, type Operation, operations, WRITTEN } from "../operations.ts";
import { expectChangeOrNone, openDeclared } from "../store-state.ts";

const PROVEN = "SecretsManager.create: succeeds only for the call that created the secret";
const SENT =
  'CallContext.signal: "A write that was sent uses the time until `deadline` to find out what became of it by reading back, and throws OUTCOME_UNKNOWN when it cannot"';

/** The value that another client writes. */
const OF_OTHER: SecretValue = { token: "of another client" };
/** Until a request was sent. */
const SENT_AFTER = 200;
/** The deadline of a call that is aborted earlier. */
const TIMEOUT = 5_000;
/** Until the store has executed a change, on a busy machine. */
const EXECUTED_WITHIN = 3_000;

const faults: readonly Fault[] = [
  "unavailable",
  "timeout",
  "lost-answer",
  "lost-request",
  "hanging-answer",
  "nonsense",
];

/** Cases of a client that finds the value of another one when it reads back its own change. */
export const otherWriterCases: readonly ConformanceCase<BackendFixture>[] = [
  ...faults.map(createdByOther),
  ...operations.filter(({ change }) => change !== undefined).map(overwrittenByOther),
];

function createdByOther(fault: Fault): ConformanceCase<BackendFixture> {
  return {
    name: `${fault}: create does not succeed when another client created the secret with an equal value`,
    contract: PROVEN,
    async run(fixture) {
      fixture.needsFault(fault);
      const { manager: other, backend: reader } = await fixture.open();
      await other.create(ABSENT, WRITTEN);
      const { manager } = await fixture.open({ timeout: TIMEOUT });
      const before = await reader.get(ABSENT, fixture.context());
      const lift = await fixture.arrange(fault);
      const controller = new AbortController();
      const call = outcomeOf(() => manager.create(ABSENT, WRITTEN, { signal: controller.signal }));
      await Promise.race([call, sleep(SENT_AFTER)]);
      controller.abort();
      const outcome = await call;
      await lift();
      expectThat(
        outcome.failed,
        "`create` to fail, as another client created the secret",
        showOutcome(outcome),
      );
      // The end of a fault may have closed the connections of the others.
      const { backend: later } = await fixture.open();
      const after = await later.get(ABSENT, fixture.context());
      expectEqual(after?.value, WRITTEN, "the value that the other client created");
      expectEqual(after?.version, before?.version, "its version");
    },
  };
}

/** The change was executed: an error that denies it is wrong, and so is the version of the other client's value. */
function overwrittenByOther(operation: Operation): ConformanceCase<BackendFixture> {
  return {
    name: `hanging-answer: ${operation.name} that another client has overwritten is not denied or repeated`,
    contract: SENT,
    async run(fixture) {
      fixture.needsFault("hanging-answer");
      const { change } = operation;
      if (change === undefined) throw new TypeError("Only a change can be overwritten.");
      const { backend: reader } = await openDeclared(fixture, operation);
      const { backend: laterReader } = await fixture.open();
      const { manager: other } = await fixture.open({ timeout: TIMEOUT });
      const { manager } = await fixture.open({ timeout: TIMEOUT });
      const lift = await fixture.arrange("hanging-answer");
      const controller = new AbortController();
      const { signal } = controller;
      const call = outcomeOf(() => operation.run(manager, { signal }));
      const isExecuted = await reads(fixture, reader, change.secret, change.value);
      if (!isExecuted) {
        controller.abort();
        const outcome = await call;
        await lift();
        return expectChangeOrNone(fixture, operation, outcome);
      }
      // Its answer can hang too.
      const overwriting = outcomeOf(() => other.set(change.secret, OF_OTHER, { signal }));
      const isOverwritten = await reads(fixture, laterReader, change.secret, OF_OTHER);
      controller.abort();
      const outcome = await call;
      await overwriting;
      await lift();
      const isRight = !outcome.failed || isSecretsError(outcome.error, "OUTCOME_UNKNOWN");
      const expected = `\`${operation.name}\`, which was executed, to succeed or to fail with OUTCOME_UNKNOWN`;
      expectThat(isRight, expected, showOutcome(outcome));
      expectAnswer(operation, outcome);
      if (!isOverwritten) return;
      const { manager: later } = await fixture.open();
      const secret = await later.get(change.secret);
      expectEqual(secret?.value, OF_OTHER, "the value that the other client wrote later");
      if (outcome.failed || secret?.version === undefined) return;
      const { version } = Object(outcome.result) as Partial<SecretInfo>;
      const isOwn = version !== secret.version;
      expectThat(isOwn, `\`${operation.name}\` not to return the version of another client`, show(version));
    },
  };
}

/** Returns whether a backend, which caches nothing, soon reads this value. */
async function reads(
  fixture: BackendFixture,
  reader: SecretsBackend,
  name: string,
  expected: SecretValue | undefined,
): Promise<boolean> {
  for (const end = Date.now() + EXECUTED_WITHIN; Date.now() < end; await sleep(10)) {
    const outcome = await outcomeOf(() => reader.get(name, fixture.context()));
    if (!outcome.failed && isDeepStrictEqual(outcome.result?.value, expected)) return true;
  }
  return false;
}
