import { isSecretsError } from "@archestra/secrets-core";
import { expectThat, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { VaultAuthFixture } from "../vault-auth-fixture.ts";

const LOGIN =
  "VaultAuthMethod.login: the session gives up a login whose credential never comes, and asks again at the next call";

/** What a call may take whose login waits for a credential that never comes. */
const CALL_TIMEOUT = 30_000;
/** The manager closes within ten seconds; a busy machine takes longer, and one that never ends is found all the same. */
const CLOSE_TIMEOUT = 20_000;

/** Cases of a credential source that never answers, such as a provider without a timeout or a pipe without a writer. */
export const silenceCases: readonly ConformanceCase<VaultAuthFixture>[] = [
  {
    name: "never-answers: a credential source that does not answer once fails a call in time, and the next call asks it again",
    contract: LOGIN,
    async run(fixture) {
      const { manager, logins } = await fixture.open({}, { timeout: CALL_TIMEOUT });
      const end = await fixture.silence();
      await fixture.endLast(logins);
      const outcome = await outcomeOf(() => manager.has("conformance"));
      const isRight =
        outcome.failed &&
        (isSecretsError(outcome.error, "UNAVAILABLE") || isSecretsError(outcome.error, "TIMEOUT"));
      expectThat(isRight, "a call to fail with UNAVAILABLE or TIMEOUT", showOutcome(outcome));
      await end();
      await fixture.rotate();
      const next = await outcomeOf(() => manager.has("conformance"));
      expectThat(!next.failed, "the next call to be served", showOutcome(next));
    },
  },
  {
    name: "never-answers: a credential source that does not answer keeps no manager from closing",
    contract:
      'SecretsManager.close: "aborts the remaining ones after `timeout` milliseconds, and closes the store"',
    async run(fixture) {
      const { manager, logins } = await fixture.open();
      const end = await fixture.silence();
      await fixture.endLast(logins);
      const call = outcomeOf(() => manager.has("conformance"));
      const closing = outcomeOf(() => manager.close({ timeout: 0 }));
      const closed = await Promise.race([closing, late()]);
      await end();
      if (closed === undefined) fail(`\`close\` to end within ${CLOSE_TIMEOUT} ms`, "it is still running");
      if (closed.failed) fail("`close` to succeed", showOutcome(closed));
      // A method that did not ask the silent source may have served the call before it was aborted; other cases find that.
      const ended = await Promise.race([call, late()]);
      if (ended === undefined) fail(`the call to end within ${CLOSE_TIMEOUT} ms`, "it is still running");
    },
  },
];

async function late(): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, CLOSE_TIMEOUT).unref());
  return undefined;
}
