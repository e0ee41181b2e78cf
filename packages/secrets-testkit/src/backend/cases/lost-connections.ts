import { isSecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import { expectThat, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { expectAnswer, type Operation, operations } from "../operations.ts";
import { expectReturnedInfo } from "../returned-info.ts";
import { expectChangeOrNone, openDeclared } from "../store-state.ts";

const LOST = 'SecretsBackend.write: "OUTCOME_UNKNOWN when it was sent and its outcome is unknown"';

/** Cases of a connection that is lost after the store executed a request, or before it received one. */
export const lostConnectionCases: readonly ConformanceCase<BackendFixture>[] = [
  ...operations.map((operation) => connectionLost("lost-answer", operation)),
  ...operations.map((operation) => connectionLost("lost-request", operation)),
];

/**
 * A read may be retried, so success is accepted too. A write may read back its outcome, and must report the actual one.
 */
function connectionLost(
  fault: "lost-answer" | "lost-request",
  operation: Operation,
): ConformanceCase<BackendFixture> {
  const codes: SecretsErrorCode[] =
    operation.change === undefined ? ["UNAVAILABLE"] : ["UNAVAILABLE", "OUTCOME_UNKNOWN"];
  return {
    name: `${fault}: ${operation.name} ends with its actual outcome`,
    contract: LOST,
    async run(fixture) {
      fixture.needsFault(fault);
      const client = await openDeclared(fixture, operation);
      const { manager: reader } = await fixture.open();
      const lift = await fixture.arrange(fault);
      const outcome = await outcomeOf(() => operation.run(client.manager));
      await lift();
      const isRight =
        !outcome.failed || (isSecretsError(outcome.error) && codes.includes(outcome.error.code));
      expectThat(
        isRight,
        `\`${operation.name}\` to succeed, or to fail with ${codes.join(" or ")}`,
        showOutcome(outcome),
      );
      await expectChangeOrNone(fixture, operation, outcome);
      expectAnswer(operation, outcome);
      await expectReturnedInfo(reader, operation, outcome);
    },
  };
}
