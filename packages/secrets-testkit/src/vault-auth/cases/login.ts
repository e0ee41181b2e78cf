import type { VaultAuthMethod } from "@archestra/secrets-vault/auth";
import { expectEqual, expectThat, outcomeOf, show, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { VaultAuthFixture } from "../vault-auth-fixture.ts";

const LOGIN = "VaultAuthMethod.login";
/** How far what a login says and what Vault says a moment later may be apart, in seconds. */
const TTL_TOLERANCE = 5;

export const loginCases: readonly ConformanceCase<VaultAuthFixture>[] = [
  {
    name: "a login returns a token that Vault knows",
    contract: `${LOGIN}: "@returns what \`readLogin\` or \`givenToken\` made"`,
    async run(fixture) {
      const login = await fixture.logIn(await fixture.openMethod());
      await fixture.expectAlive(login, "what the login gave");
    },
  },
  {
    name: "a login returns the properties that Vault reports of its token",
    contract: "VaultLogin.ttl, .renewable, .type, .uses",
    async run(fixture) {
      const login = await fixture.logIn(await fixture.openMethod());
      const known = await fixture.expectAlive(login, "what the login gave");
      if (login.issued)
        expectThat(login.ttl !== undefined, "a token that was issued to have a `ttl`", "none");
      if (login.ttl !== undefined) {
        const isNear = Math.abs(login.ttl - known.ttl) <= TTL_TOLERANCE;
        expectThat(isNear, `a \`ttl\` of about ${known.ttl}`, show(login.ttl));
      }
      if (login.renewable !== undefined) expectEqual(login.renewable, known.renewable, "`renewable`");
      if (login.type !== undefined) expectEqual(login.type, known.type, "`type`");
      if (login.issued) expectEqual(login.uses ?? 0, known.uses, "`uses`");
    },
  },
  {
    name: "a login says truly whether it made the token",
    contract: 'VaultLogin.issued: "Whether this login made the token"',
    async run(fixture) {
      const method = await fixture.openMethod();
      const [first, second] = [await fixture.logIn(method), await fixture.logIn(method)];
      const isAnother = first.token !== second.token;
      const expected = isAnother ? "`issued`, since each login gives another token," : "not `issued`";
      expectThat(
        first.issued === isAnother && second.issued === isAnother,
        `${expected} of two logins with the same credential`,
        `issued: ${first.issued} and ${second.issued}, ${isAnother ? "two tokens" : "the same token"}`,
      );
    },
  },
  {
    name: "twenty logins at once each get a token that Vault knows",
    contract: 'VaultAuthMethod: "It keeps no state between two logins"',
    async run(fixture) {
      const method = await fixture.openMethod();
      // Each token is looked up at once: one that lives for seconds need not outlive the slowest login.
      const logins = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const login = await fixture.logIn(method);
          await fixture.expectAlive(login, "what each of twenty logins gave");
          return login;
        }),
      );
      const tokens = new Set(logins.map(({ token }) => token));
      const count = logins[0]?.issued ? logins.length : 1;
      expectEqual(tokens.size, count, "the number of different tokens");
    },
  },
  {
    name: "a login uses only its arguments, and does not change them",
    contract: 'VaultAuthMethod: "changes nothing that it was given"',
    async run(fixture) {
      const method = await fixture.openMethod();
      const environment = { ...process.env };
      const signal = AbortSignal.timeout(20_000);
      const login = () => method.login(Object.freeze(fixture.sender(signal)), Object.freeze({ signal }));
      const outcome = await outcomeOf(login);
      expectThat(!outcome.failed, "a login whose arguments are frozen to succeed", showOutcome(outcome));
      expectEqual({ ...process.env }, environment, "the environment of the process after a login");
    },
  },
  {
    name: "a login keeps nothing on the method",
    contract: 'VaultAuthMethod: "It keeps no state between two logins"',
    async run(fixture) {
      const method = await fixture.openMethod();
      const before = ownProperties(method);
      const frozen = Object.freeze(method);
      const outcome = await outcomeOf(async () => [await fixture.logIn(frozen), await fixture.logIn(frozen)]);
      expectThat(!outcome.failed, "two logins of a frozen method to succeed", showOutcome(outcome));
      expectEqual(ownProperties(method), before, "the properties of the method after two logins");
    },
  },
];

function ownProperties(method: VaultAuthMethod): unknown {
  return Object.getOwnPropertyNames(method);
}
