import { setTimeout as sleep } from "node:timers/promises";
import { isSecretsError, type SecretsErrorCode } from "@archestra/secrets-core";
import { expectEqual, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { BackendFixture } from "../backend-fixture.ts";

/** A connection that has ended is noticed by a call, and a client may wait before it connects again. */
const ALLOWED: readonly SecretsErrorCode[] = ["UNAVAILABLE", "UNAUTHENTICATED", "OUTCOME_UNKNOWN"];
const RECOVERY = 10_000;
/** Until a store has ended what used the old credential. */
const NOTICED_WITHIN = 3_000;
const PAUSE = 50;
const ROTATIONS = 2;

const LIVE =
  'VariableDeclaration.live: "a function that reads the value again at each call, for credentials that change"';

/** A credential that an orchestrator replaces in its file. */
const rotatedCase: ConformanceCase<BackendFixture> = {
  name: "open: a client continues with a credential that was replaced in its file",
  contract: LIVE,
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

/** Without it, a plugin must not connect as if it needed none. */
const unreadableCase: ConformanceCase<BackendFixture> = {
  name: "open: a credential whose file is missing is INVALID_CONFIGURATION until it is there again",
  contract: `${LIVE}; it fails with INVALID_CONFIGURATION when the file cannot be read`,
  async run(fixture) {
    const { manager, loseFiles } = await fixture.openRotating();
    await manager.create("a", { token: "1" });
    await manager.has("a");
    const restore = await loseFiles();
    const [start, deadline] = [performance.now(), performance.now() + RECOVERY];
    for (;;) {
      const outcome = await outcomeOf(() => manager.has("a"));
      // An option of the harness, and not the file, may be where its credential comes from.
      if (!outcome.failed && performance.now() > start + NOTICED_WITHIN) break;
      if (outcome.failed && isSecretsError(outcome.error, "INVALID_CONFIGURATION")) break;
      const isAllowed = !outcome.failed || isOneOf(outcome.error, ALLOWED);
      if (!isAllowed || performance.now() > deadline)
        fail("`has` to fail with INVALID_CONFIGURATION without the credential", showOutcome(outcome));
      await sleep(PAUSE);
    }
    restore();
    await succeedAgain("set", () => manager.set("a", { token: "2" }), [...ALLOWED, "INVALID_CONFIGURATION"]);
    expectEqual((await manager.get("a"))?.value, { token: "2" }, "what `get` gives with the new credential");
  },
};

/** Cases of credentials in files that change while a client is open. */
export const rotatedCases = [rotatedCase, unreadableCase];

async function succeedAgain<Result>(
  what: string,
  call: () => Promise<Result>,
  allowed = ALLOWED,
): Promise<Result> {
  const deadline = performance.now() + RECOVERY;
  for (;;) {
    const outcome = await outcomeOf(call);
    if (!outcome.failed) return outcome.result;
    if (!isOneOf(outcome.error, allowed) || performance.now() > deadline) {
      fail(`\`${what}\` to succeed soon after the credential was replaced`, showOutcome(outcome));
    }
    await sleep(PAUSE);
  }
}

function isOneOf(error: unknown, codes: readonly SecretsErrorCode[]): boolean {
  return isSecretsError(error) && codes.includes(error.code);
}
