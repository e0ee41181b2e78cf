import { isSecretsError, type SecretsErrorCode, type SecretsManager } from "@archestra/secrets-core";
import type { SecretVersion } from "@archestra/secrets-core/plugin";
import { expectEqual, expectThat, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture, EndFault } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";
import {
  ABSENT,
  expectAnswer,
  INITIAL,
  type Operation,
  operations,
  PRESENT,
  WRITTEN,
} from "../operations.ts";
import { expectReturnedInfo } from "../returned-info.ts";
import { expectChangeOrNone, openDeclared } from "../store-state.ts";

const LOST = 'SecretsBackend.write: "OUTCOME_UNKNOWN when it was sent and its outcome is unknown"';

/** The deadline of a call. */
const TIMEOUT = 3_000;

/** A change that names the version that it expects. */
interface ConditionalChange extends Omit<Operation, "run"> {
  readonly run: (manager: SecretsManager, options: { readonly ifVersion: SecretVersion }) => Promise<unknown>;
}

const conditionalChanges: readonly ConditionalChange[] = [
  {
    name: "update under a version",
    change: { secret: PRESENT, before: INITIAL, value: WRITTEN },
    run: (manager, options) => manager.update(PRESENT, WRITTEN, options),
  },
  {
    name: "delete under a version",
    change: { secret: PRESENT, before: INITIAL, value: undefined },
    answer: true,
    run: (manager, options) => manager.delete(PRESENT, options),
  },
];

/** Cases of a connection that is lost after the store executed a request, or before it received one. */
export const lostConnectionCases: readonly ConformanceCase<BackendFixture>[] = [
  ...operations.map((operation) => connectionLost("lost-answer", operation)),
  ...conditionalChanges.map((change) => conditionalChangeLost("lost-answer", change)),
  {
    name: "lost-answer: update with a function is applied once",
    contract: LOST,
    async run(fixture) {
      fixture.needsFault("lost-answer");
      const { manager: writer } = await fixture.openDeclaring("conditionalWrites");
      await writer.create(PRESENT, { count: 0 });
      const { manager } = await fixture.open({ timeout: TIMEOUT });
      let lift: EndFault | undefined;
      const outcome = await outcomeOf(() =>
        manager.update(PRESENT, async ({ count }) => {
          // Not before: the request that it hits is the write.
          lift ??= await fixture.arrange("lost-answer");
          return { count: Number(count) + 1 };
        }),
      );
      await lift?.();
      const { manager: reader } = await fixture.open();
      const value = (await reader.get(PRESENT))?.value;
      const isUnknown = outcome.failed && isSecretsError(outcome.error, "OUTCOME_UNKNOWN");
      if (isUnknown && value?.count === 0) return;
      const expected = { count: outcome.failed && !isUnknown ? 0 : 1 };
      expectEqual(value, expected, `the value after an increment, of which ${showOutcome(outcome)},`);
    },
  },
  ...operations.map((operation) => connectionLost("lost-request", operation)),
  ...conditionalChanges.map((change) => conditionalChangeLost("lost-request", change)),
];

/** The version that a repeated change finds may be that of its first attempt: CONFLICT would deny it. */
function conditionalChangeLost(
  fault: "lost-answer" | "lost-request",
  change: ConditionalChange,
): ConformanceCase<BackendFixture> {
  return {
    name: `${fault}: ${change.name} ends with its actual outcome`,
    contract: LOST,
    async run(fixture) {
      fixture.needsFault(fault);
      const { manager } = await fixture.openDeclaring("conditionalWrites");
      const ifVersion = (await manager.create(PRESENT, INITIAL)).version;
      if (ifVersion === undefined) fail("`create` to return a version", "undefined");
      const operation: Operation = { ...change, run: (client) => change.run(client, { ifVersion }) };
      await expectActualOutcome(fixture, fault, operation);
    },
  };
}

/**
 * A read may be retried, so success is accepted too. A write may read back its outcome, and must report the actual one.
 */
function connectionLost(
  fault: "lost-answer" | "lost-request",
  operation: Operation,
): ConformanceCase<BackendFixture> {
  return {
    name: `${fault}: ${operation.name} ends with its actual outcome`,
    contract: LOST,
    async run(fixture) {
      fixture.needsFault(fault);
      await openDeclared(fixture, operation);
      await expectActualOutcome(fixture, fault, operation);
    },
  };
}

async function expectActualOutcome(
  fixture: BackendFixture,
  fault: Fault,
  operation: Operation,
): Promise<void> {
  // A plugin may repeat a request, or read back, until the deadline.
  const codes: SecretsErrorCode[] = ["UNAVAILABLE", "TIMEOUT"];
  if (operation.change !== undefined) codes.push("OUTCOME_UNKNOWN");
  const { manager } = await fixture.open({ timeout: TIMEOUT });
  // So that it has a connection: the fault meets the request of the call.
  await outcomeOf(() => manager.has(ABSENT));
  const { manager: reader } = await fixture.open();
  const lift = await fixture.arrange(fault);
  const outcome = await outcomeOf(() => operation.run(manager));
  await lift();
  const isRight = !outcome.failed || codes.some((code) => isSecretsError(outcome.error, code));
  const expected = `\`${operation.name}\` to succeed, or to fail with ${codes.join(" or ")}`;
  expectThat(isRight, expected, showOutcome(outcome));
  await expectChangeOrNone(fixture, operation, outcome);
  expectAnswer(operation, outcome);
  await expectReturnedInfo(reader, operation, outcome);
}
