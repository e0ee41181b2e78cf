import { outcomeOf } from "../../expectation/expectation.ts";
import { expectNotShown } from "../../redaction/planted-text.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { VaultAuthFixture } from "../vault-auth-fixture.ts";
import { answer } from "../vault-requests.ts";

const NEVER = "No value, token or key leaves through an error, a log, inspect or JSON";

export const redactionCases: readonly ConformanceCase<VaultAuthFixture>[] = [
  {
    name: "the method does not show its credential, before or after a login",
    contract: NEVER,
    async run(fixture) {
      const method = await fixture.openMethod();
      expectNotShown(fixture.secrets, method, "the method");
      const { token } = await fixture.logIn(method);
      expectNotShown([...fixture.secrets, token], method, "the method after a login");
      expectNotShown(fixture.secrets, fixture.setup.plugins[0], "the descriptor");
    },
  },
  {
    name: "a login that Vault refuses does not show the credential",
    contract: NEVER,
    async run(fixture) {
      const method = await fixture.openMethod();
      await fixture.revoke();
      const outcomes = [await outcomeOf(() => fixture.logIn(method)), await outcomeOf(() => fixture.open())];
      for (const outcome of outcomes) {
        if (outcome.failed) expectNotShown(fixture.secrets, outcome.error, "the error of a refused login");
      }
      expectNotShown(fixture.secrets, fixture.warnings, "a warning");
    },
  },
  {
    name: "an answer that quotes the credential does not make the login show it",
    contract: NEVER,
    async run(fixture) {
      const method = await fixture.openMethod();
      for (const status of [400, 403, 404, 429, 500, 503]) {
        const quoting = answer(status, { errors: fixture.secrets.map((text) => `cannot use ${text}`) });
        const outcome = await outcomeOf(() => fixture.logIn(method, () => Promise.resolve(quoting)));
        if (outcome.failed) expectNotShown(fixture.secrets, outcome.error, `the error of a ${status}`);
      }
    },
  },
  {
    name: "a manager that logs in by it does not show the credential or the token",
    contract: NEVER,
    async run(fixture) {
      const { manager, logins } = await fixture.open();
      const health = await manager.check();
      const texts = [...fixture.secrets, ...logins.map(({ token }) => token)];
      expectNotShown(texts, [manager, health, manager.describe(), fixture.warnings], "the manager");
    },
  },
];
