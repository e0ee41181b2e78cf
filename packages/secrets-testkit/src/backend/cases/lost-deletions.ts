import { isSecretsError } from "@archestra/secrets-core";
import { expectThat, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import { ABSENT } from "../operations.ts";
import { openWithPresent } from "../store-state.ts";

/** Cases of deletions whose outcome absence does not prove: the secret may have been absent before. */
export const lostDeletionCases: readonly ConformanceCase<BackendFixture>[] = [
  {
    name: "lost-answer: delete of an absent secret is not reported as a deletion",
    contract: 'SecretsBackend.delete: "whether there was a secret"',
    async run(fixture) {
      fixture.needsFault("lost-answer");
      const { manager } = await openWithPresent(fixture);
      const lift = await fixture.arrange("lost-answer");
      const outcome = await outcomeOf(() => manager.delete(ABSENT));
      await lift();
      const isRight = outcome.failed
        ? ["UNAVAILABLE", "OUTCOME_UNKNOWN"].some((code) => isSecretsError(outcome.error, code as never))
        : outcome.result === false;
      const expected = "`delete` to return false, or to fail with UNAVAILABLE or OUTCOME_UNKNOWN";
      expectThat(isRight, expected, showOutcome(outcome));
    },
  },
];
