import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import { expectThat, fail, type Outcome, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { ABSENT, expectAnswer, type Operation, operations, WRITTEN } from "../operations.ts";
import { expectChangeOrNone, openDeclared } from "../store-state.ts";

const SENT =
  'CallContext.signal: "A write that was sent uses the time until `deadline` to find out what became of it by reading back, and throws OUTCOME_UNKNOWN when it cannot"';
const PROVEN = "SecretsManager.create: succeeds only for the call that created the secret";

/** The deadline of a call, of which the manager keeps a fifth for reading back. */
const TIMEOUT = 1_000;
/** Until a change was sent and made. */
const SENT_AFTER = 200;
/** What a call may take beyond its deadline on a busy machine: one that never ends is found all the same. */
const SLACK = 10_000;

const changes = operations.filter(({ change }) => change !== undefined);

/** Cases of changes without a response, and of creations that cannot be distinguished from another client's. */
export const hangingCases: readonly ConformanceCase<BackendFixture>[] = [
  ...changes.map((operation) => hanging(operation, "late")),
  ...changes.map((operation) => hanging(operation, "aborted")),
  {
    name: "timeout: create is not proven by an equal value that another client wrote",
    contract: PROVEN,
    async run(fixture) {
      fixture.needsFault("timeout");
      // Without conditional writes, both creations may succeed.
      const { manager: other } = await fixture.openDeclaring("conditionalWrites");
      const { manager } = await fixture.open({ timeout: TIMEOUT });
      const lift = await fixture.arrange("timeout");
      const controller = new AbortController();
      const first = outcomeOf(() => manager.create(ABSENT, WRITTEN, { signal: controller.signal }));
      await sleep(SENT_AFTER);
      await lift();
      const second = await outcomeOf(() => other.create(ABSENT, WRITTEN));
      controller.abort();
      expectOneCreator(await first, second);
    },
  },
];

function hanging(operation: Operation, ending: "late" | "aborted"): ConformanceCase<BackendFixture> {
  const code: SecretsErrorCode = ending === "late" ? "TIMEOUT" : "ABORTED";
  return {
    name: `hanging-answer: ${operation.name} that is ${ending} ends in time with its actual outcome`,
    contract: SENT,
    async run(fixture) {
      fixture.needsFault("hanging-answer");
      await openDeclared(fixture, operation);
      const { manager } = await fixture.open({ timeout: TIMEOUT });
      const lift = await fixture.arrange("hanging-answer");
      const controller = new AbortController();
      const call = outcomeOf(() => operation.run(manager, { signal: controller.signal }));
      if (ending === "aborted") void sleep(SENT_AFTER).then(() => controller.abort());
      const outcome = await Promise.race([call, sleep(TIMEOUT + SLACK)]);
      if (outcome === undefined) fail(`the call to end within ${TIMEOUT} ms`, "it is still running");
      const isRight =
        !outcome.failed ||
        isSecretsError(outcome.error, code) ||
        isSecretsError(outcome.error, "OUTCOME_UNKNOWN");
      expectThat(
        isRight,
        `\`${operation.name}\` to succeed, or to fail with OUTCOME_UNKNOWN, or with ${code} when nothing was changed`,
        showOutcome(outcome),
      );
      await lift();
      await expectChangeOrNone(fixture, operation, outcome);
      expectAnswer(operation, outcome);
    },
  };
}

/** The first one may have been sent and carried out before or after the second, or not at all. */
function expectOneCreator(first: Outcome<unknown>, second: Outcome<unknown>): void {
  if (!second.failed) {
    const expected = "`create` to fail, as another client created the secret with an equal value";
    expectThat(first.failed, expected, showOutcome(first));
    return;
  }
  const isRight = isSecretsError(second.error, "ALREADY_EXISTS");
  expectThat(isRight, "`create` of the other client to succeed or be ALREADY_EXISTS", showOutcome(second));
  const isKnown = first.failed && !isSecretsError(first.error, "OUTCOME_UNKNOWN");
  expectThat(!isKnown, "`create` that made the secret to succeed or be OUTCOME_UNKNOWN", showOutcome(first));
}
