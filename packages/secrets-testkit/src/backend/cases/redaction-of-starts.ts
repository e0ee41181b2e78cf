import { outcomeOf } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";
import { expectHidden, secretSettings } from "../hidden-texts.ts";
import { recordOutput } from "../recorded-output.ts";

const faults: readonly Fault[] = ["unauthenticated", "unavailable", "nonsense"];

/** Cases of starts that the store does not serve: that is when authors report the settings that they used. */
export const redactionOfStartsCases: readonly ConformanceCase<BackendFixture>[] =
  faults.map(startShowsNothing);

function startShowsNothing(fault: Fault): ConformanceCase<BackendFixture> {
  return {
    name: `a start during ${fault} shows no secret setting`,
    contract: "SecretsError: it never contains a value, a key, a token, or the body of a request or response",
    async run(fixture) {
      fixture.needsFault(fault);
      const planted = secretSettings(fixture);
      const lift = await fixture.arrange(fault);
      const { processWarnings } = await recordOutput(async () => {
        const outcome = await outcomeOf(() => fixture.open());
        if (outcome.failed) expectHidden(fixture, planted, outcome.error, "an error");
        else expectHidden(fixture, planted, outcome.result.manager.describe(), "the description");
      });
      await lift();
      expectHidden(fixture, planted, fixture.warnings, "a warning");
      expectHidden(fixture, planted, processWarnings, "a warning of the process");
    },
  };
}
