import { isSecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import { expectThat, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { expectAnswer, type Operation, operations } from "../operations.ts";
import { expectChangeOrNone, openDeclared } from "../store-state.ts";

const NONSENSE =
  'SecretsBackend: "a store that refuses, is unreachable or sends an invalid answer has proven nothing"';

/** For plugins that read back as long as the answers are nonsense. */
const TIMEOUT = 3_000;

/**
 * Cases of answers that are none of the store: they prove neither absence nor a change. After the only one, a repeated request
 * may succeed.
 */
export const nonsenseCases: readonly ConformanceCase<BackendFixture>[] = operations.map(answeredNonsense);

function answeredNonsense(operation: Operation): ConformanceCase<BackendFixture> {
  // A page of another server is a wrong address, not an outage.
  const codes: SecretsErrorCode[] = ["UNAVAILABLE", "INTERNAL", "INVALID_CONFIGURATION"];
  if (operation.change !== undefined) codes.push("OUTCOME_UNKNOWN");
  return {
    name: `nonsense: ${operation.name} claims nothing`,
    contract: NONSENSE,
    async run(fixture) {
      fixture.needsFault("nonsense");
      await openDeclared(fixture, operation);
      const { manager } = await fixture.open({ timeout: TIMEOUT });
      const lift = await fixture.arrange("nonsense");
      const outcome = await outcomeOf(() => operation.run(manager));
      await lift();
      const isRight = outcome.failed
        ? isSecretsError(outcome.error) && codes.includes(outcome.error.code)
        : lift.allowsSuccess;
      expectThat(isRight, `\`${operation.name}\` to fail with ${codes.join(" or ")}`, showOutcome(outcome));
      await expectChangeOrNone(fixture, operation, outcome);
      expectAnswer(operation, outcome);
    },
  };
}
