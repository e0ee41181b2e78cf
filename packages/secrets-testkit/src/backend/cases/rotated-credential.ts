import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import { expectEqual, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";

/** A connection that has ended is noticed by a call, and a client may wait before it connects again. */
const ALLOWED: readonly SecretsErrorCode[] = ["UNAVAILABLE", "UNAUTHENTICATED", "OUTCOME_UNKNOWN"];
const RECOVERY = 10_000;
const PAUSE = 50;
const ROTATIONS = 2;

/** A credential that an orchestrator replaces in its file. */
export const rotatedCase: ConformanceCase<BackendFixture> = {
  name: "open: a client continues with a credential that was replaced in its file",
  contract:
    'VariableDeclaration.live: "a function that reads the value again at each call, for credentials that change"',
  async run(fixture) {
    const { manager, rotate } = await fixture.openRotating();
    await manager.create("a", { rotation: 0 });
    for (let rotation = 1; rotation <= ROTATIONS; rotation++) {
      await rotate();
      await succeedAgain("set", () => manager.set("a", { rotation }));
      const secret = await succeedAgain("get", () => manager.get("a"));
      expectEqual(secret?.value, { rotation }, "what `get` gives after the rotation");
      await succeedAgain("create", () => manager.create(`b/${rotation}`, { rotation }));
    }
  },
};

async function succeedAgain<Result>(what: string, call: () => Promise<Result>): Promise<Result> {
  const deadline = performance.now() + RECOVERY;
  for (;;) {
    const outcome = await outcomeOf(call);
    if (!outcome.failed) return outcome.result;
    const isAllowed = isSecretsError(outcome.error) && ALLOWED.includes(outcome.error.code);
    if (!isAllowed || performance.now() > deadline) {
      fail(`\`${what}\` to succeed soon after the credential was replaced`, showOutcome(outcome));
    }
    await sleep(PAUSE);
  }
}
