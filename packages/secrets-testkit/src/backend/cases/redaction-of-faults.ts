import { type Outcome, outcomeOf } from "../../expectation/expectation.ts";
import { plantedText } from "../../redaction/planted-text.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";
import { expectHidden, secretSettings } from "../hidden-texts.ts";
import { recordOutput } from "../recorded-output.ts";

const NEVER = "SecretsError: it never contains a value, a key, a token, or the body of a request or response";
const SHORT_TIMEOUT = 300;

const faults: readonly Fault[] = [
  "unauthenticated",
  "permission-denied",
  "rate-limited",
  "unavailable",
  "timeout",
  "lost-answer",
  "lost-request",
  "hanging-answer",
  "nonsense",
];

/** Cases of everything that is reported about a fault: errors, warnings, events, health and the description. */
export const redactionOfFaultsCases: readonly ConformanceCase<BackendFixture>[] =
  faults.map(faultShowsNothing);

function faultShowsNothing(fault: Fault): ConformanceCase<BackendFixture> {
  return {
    name: `errors of ${fault} show no value`,
    contract: NEVER,
    async run(fixture) {
      fixture.needsFault(fault);
      const texts = [plantedText(), plantedText()] as const;
      const { backend } = await fixture.openWith({ a: { token: texts[0] } });
      const { manager } = await fixture.open({ timeout: SHORT_TIMEOUT });
      const value = { token: texts[1] };
      const calls: (() => Promise<unknown>)[] = [
        () => manager.set("a", value),
        () => manager.get("a"),
        () => manager.create("b", value),
        () => manager.update("a", value),
        () => manager.check(),
      ];
      if (backend.capabilities.list) calls.push(() => Array.fromAsync(manager.list()));
      const outcomes: Outcome<unknown>[] = [];
      const output = await recordOutput(async () => {
        for (const call of calls) {
          const lift = await fixture.arrange(fault);
          outcomes.push(await outcomeOf(call));
          await lift();
        }
      });
      const planted = [...texts, ...secretSettings(fixture)];
      for (const outcome of outcomes) {
        if (outcome.failed) expectHidden(fixture, planted, outcome.error, "an error");
        else expectHidden(fixture, planted, outcome.result, "what a call returns");
      }
      expectHidden(fixture, planted, fixture.warnings, "a warning");
      expectHidden(fixture, planted, output.processWarnings, "a warning of the process");
      expectHidden(fixture, planted, output.events, "an event");
      expectHidden(fixture, planted, manager.describe(), "the description");
    },
  };
}
