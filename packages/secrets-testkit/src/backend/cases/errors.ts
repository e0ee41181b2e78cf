import { isSecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import {
  expectEqual,
  expectThat,
  fail,
  outcomeOf,
  show,
  showOutcome,
} from "../../expectation/expectation.ts";
import { NotDeclared } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";
import type { Fault } from "../backend-harness.ts";
import { expectAnswer, INITIAL, type Operation, operations, PRESENT } from "../operations.ts";
import { expectChangeOrNone, openDeclared } from "../store-state.ts";
import { callsAfterHangCases } from "./calls-after-a-hang.ts";
import { callsBesideHangCases } from "./calls-beside-a-hang.ts";
import { changingHealthCases } from "./changing-health.ts";
import { damagedCases } from "./damaged-secrets.ts";
import { failingListCases } from "./failing-lists.ts";
import { hangingCases } from "./hanging-answers.ts";
import { longSilenceCases } from "./long-silence.ts";
import { lostConnectionCases } from "./lost-connections.ts";
import { lostDeletionCases } from "./lost-deletions.ts";
import { manyCallsCases } from "./many-calls.ts";
import { nonsenseCases } from "./nonsense-answers.ts";
import { otherWriterCases } from "./other-writers.ts";
import { readsBesideHangCases } from "./reads-beside-a-hang.ts";

const CODES =
  'SecretsBackend: "Every failure throws: a `SecretsError`, or an error of the client library, for which `classify` returns a code"';

/** The codes that callers receive for each fault. */
const codeOfFault = {
  unauthenticated: "UNAUTHENTICATED",
  "permission-denied": "PERMISSION_DENIED",
  "rate-limited": "RATE_LIMITED",
  unavailable: "UNAVAILABLE",
} as const satisfies Partial<Record<Fault, SecretsErrorCode>>;

export const errorCases: readonly ConformanceCase<BackendFixture>[] = [
  ...(Object.keys(codeOfFault) as (keyof typeof codeOfFault)[]).flatMap((fault) =>
    operations.map((operation) => refused(fault, operation)),
  ),
  ...lostConnectionCases,
  ...lostDeletionCases,
  ...hangingCases,
  ...callsAfterHangCases,
  ...callsBesideHangCases,
  ...readsBesideHangCases,
  ...manyCallsCases,
  ...longSilenceCases,
  ...otherWriterCases,
  ...nonsenseCases,
  ...failingListCases,
  ...damagedCases,
  ...changingHealthCases,
  {
    name: "an unknown error is not classified as a known one",
    contract: 'SecretsBackend.classify: "Undefined: unknown, INTERNAL"',
    async run(fixture) {
      const { backend } = await fixture.open();
      if (backend.classify === undefined) throw new NotDeclared("the backend has no `classify`");
      const strangers = [
        new Error("a stranger"),
        new TypeError("x is not a function"),
        undefined,
        null,
        "text",
        5,
        {},
        [],
        ...["constructor", "toString", "__proto__"].flatMap(withProperty),
      ];
      for (const stranger of strangers) {
        const outcome = await outcomeOf(async () => backend.classify?.(stranger));
        if (outcome.failed) fail("`classify` never to throw", showOutcome(outcome));
        expectEqual(outcome.result, undefined, `\`classify\` of ${show(stranger)}`);
      }
    },
  },
];

/** Errors whose code, status or name an object has that lists the known ones: every object inherits it. */
function withProperty(text: string): Error[] {
  return ["code", "status", "name"].map((key) => Object.assign(new Error("a stranger"), { [key]: text }));
}

function refused(fault: keyof typeof codeOfFault, operation: Operation): ConformanceCase<BackendFixture> {
  const code = codeOfFault[fault];
  return {
    name: `${fault}: ${operation.name} is ${code}`,
    contract: CODES,
    async run(fixture) {
      fixture.needsFault(fault);
      const client = await openDeclared(fixture, operation);
      const lift = await fixture.arrange(fault);
      const outcome = await outcomeOf(() => operation.run(client.manager));
      await lift();
      // After a fault of one request, a repeated one may succeed.
      const isRight = outcome.failed ? isSecretsError(outcome.error, code) : lift.allowsSuccess;
      expectThat(isRight, `\`${operation.name}\` to fail with ${code}`, showOutcome(outcome));
      await expectChangeOrNone(fixture, operation, outcome);
      expectAnswer(operation, outcome);
      if (!outcome.failed) return;
      expectEqual(
        (await client.manager.get(PRESENT))?.value,
        INITIAL,
        "what the same client reads afterwards",
      );
    },
  };
}
