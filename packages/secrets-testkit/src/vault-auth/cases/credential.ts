import { expectFailure, expectThat } from "../../expectation/expectation.ts";
import { HarnessGap } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { VaultAuthFixture } from "../vault-auth-fixture.ts";

const READ_AGAIN =
  'VaultAuthMethod.login: "with a credential that is read again each time, since it may have been rotated"';
const REFUSED = 'VaultAuthMethod.login: "@throws UNAUTHENTICATED when Vault refuses the credential"';

export const credentialCases: readonly ConformanceCase<VaultAuthFixture>[] = [
  {
    name: "a credential is read again at each login",
    contract: READ_AGAIN,
    async run(fixture) {
      const method = await fixture.openMethod();
      const first = await fixture.logIn(method);
      await fixture.rotate();
      const second = await fixture.logIn(method);
      expectThat(second.token !== first.token, "another token after the credential was rotated", "the same");
      await fixture.expectAlive(second, "what a login with the new credential gave");
    },
  },
  {
    name: "a credential that Vault refuses is UNAUTHENTICATED, and its replacement is taken by the next login",
    contract: REFUSED,
    async run(fixture) {
      const method = await fixture.openMethod();
      const { issued } = await fixture.logIn(method);
      await fixture.revoke();
      // One who hands a token on learns nothing of Vault; the session does.
      if (issued) {
        await expectFailure(
          "a login with a credential that Vault refuses",
          () => fixture.logIn(method),
          "UNAUTHENTICATED",
        );
      }
      await fixture.rotate();
      await fixture.expectAlive(await fixture.logIn(method), "what a login with the new credential gave");
    },
  },
  {
    name: "a credential that Vault refuses stops the start of a manager with UNAUTHENTICATED",
    contract: REFUSED,
    async run(fixture) {
      await fixture.revoke();
      await expectFailure(
        "to open a manager with such a credential",
        () => fixture.open(),
        "UNAUTHENTICATED",
      );
    },
  },
  {
    name: "wrong settings stop the start of a manager and are said to be wrong",
    contract: `${REFUSED}; "INVALID_CONFIGURATION when the mount or the role is not there, or the credential cannot be read"`,
    async run(fixture) {
      const { refused = [] } = fixture.setup;
      if (refused.length === 0) throw new HarnessGap("the harness has no `refused`");
      for (const { what, env } of refused) {
        const open = () => fixture.open(env);
        await expectFailure(
          `to open a manager with ${what}`,
          open,
          "UNAUTHENTICATED",
          "INVALID_CONFIGURATION",
        );
      }
    },
  },
];
