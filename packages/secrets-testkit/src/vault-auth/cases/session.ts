import { setTimeout as sleep } from "node:timers/promises";
import type { SecretsManager } from "@archestra/secrets-core";
import type { VaultLogin } from "@archestra/secrets-vault/auth";
import { expectThat, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import { HarnessGap, NotDeclared } from "../../runner/case-ending.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { VaultAuthFixture } from "../vault-auth-fixture.ts";

/** Tokens that live longer are not waited for. */
const LONGEST_TTL = 10;

export const sessionCases: readonly ConformanceCase<VaultAuthFixture>[] = [
  {
    name: "a manager that logs in by it serves",
    contract: "VaultAuthMethod: the method of the slot ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD",
    async run(fixture) {
      const { manager, logins } = await fixture.open();
      await expectServes(manager, "a manager that has just opened");
      await fixture.expectAlive(lastOf(logins), "what the manager logged in with");
    },
  },
  {
    name: "a token that it made is revoked when the manager closes, and no other",
    contract: 'VaultLogin.issued: "then the session … revokes it at the end. False: … never revoked"',
    async run(fixture) {
      const { manager, logins } = await fixture.open();
      await manager.close();
      const { token, issued, type } = lastOf(logins);
      if (type === "batch")
        throw new NotDeclared("the tokens are of the type batch, which cannot be revoked");
      const isAlive = (await fixture.setup.lookUp(token)) !== undefined;
      const expected = issued ? "the token to be revoked" : "the token to be left alone";
      expectThat(isAlive === !issued, expected, isAlive ? "it is alive" : "it is dead");
    },
  },
  {
    name: "a credential that is rotated while the manager serves is taken when the token dies",
    contract: "VaultAuthMethod.login: the session logs in again when Vault no longer knows the token",
    async run(fixture) {
      const { manager, logins } = await fixture.open();
      const first = lastOf(logins);
      await fixture.rotate();
      if ((await fixture.setup.lookUp(first.token)) !== undefined) await fixture.endToken(first);
      await expectServes(manager, "a manager whose credential was rotated");
      expectThat(lastOf(logins).token !== first.token, "another token to be in use", "it is the first one");
    },
  },
  {
    name: "a token that is about to expire is prolonged or replaced, and no call notices",
    contract: "VaultLogin.ttl, .renewable",
    async run(fixture) {
      const { manager, logins } = await fixture.open();
      const { ttl } = await fixture.expectAlive(lastOf(logins), "what the manager logged in with");
      if (ttl === 0) throw new NotDeclared("the tokens live for ever");
      if (ttl > LONGEST_TTL)
        throw new HarnessGap(`the harness makes tokens that live longer than ${LONGEST_TTL} s`);
      const end = performance.now() + ttl * 1_500;
      while (performance.now() < end) {
        await expectServes(manager, "a manager whose token lives for seconds");
        await sleep(50);
      }
    },
  },
];

async function expectServes(manager: SecretsManager, what: string): Promise<void> {
  const outcome = await outcomeOf(() => manager.has("conformance"));
  expectThat(!outcome.failed, `${what} to serve`, showOutcome(outcome));
}

function lastOf(logins: readonly VaultLogin[]): VaultLogin {
  return logins.at(-1) ?? fail("the manager to have logged in", "it has not");
}
