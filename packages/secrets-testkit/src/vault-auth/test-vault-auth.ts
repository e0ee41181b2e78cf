import type { ConformanceReport } from "../report/conformance-report.ts";
import type { CaseGroups, Suite } from "../runner/conformance-case.ts";
import { type RegisteredSuite, registerSuite, runSuite, type SuiteOptions } from "../runner/run-suite.ts";
import type { TestRunner } from "../runner/test-runner.ts";
import { credentialCases } from "./cases/credential.ts";
import { failureCases } from "./cases/failures.ts";
import { loginCases } from "./cases/login.ts";
import { redactionCases } from "./cases/redaction.ts";
import { sessionCases } from "./cases/session.ts";
import { silenceCases } from "./cases/silence.ts";
import { VaultAuthFixture } from "./vault-auth-fixture.ts";
import type { VaultAuthHarness } from "./vault-auth-harness.ts";

/** The groups of the suite of authentication methods. */
export type VaultAuthGroup = "login" | "credential" | "failures" | "redaction" | "session";

const vaultAuthGroups: Record<VaultAuthGroup, CaseGroups<VaultAuthFixture>[string]> = {
  login: loginCases,
  credential: credentialCases,
  failures: failureCases,
  redaction: redactionCases,
  session: [...sessionCases, ...silenceCases],
};

/** The options of the suite of authentication methods. */
export interface VaultAuthSuiteOptions extends SuiteOptions<VaultAuthGroup> {
  /** Makes the credentials that the method is tested with. */
  readonly harness: VaultAuthHarness;
}

/**
 * Tests an authentication method of `@archestra/secrets-vault` with a test runner of any kind: every case becomes a test.
 * The `runner` of `@archestra/secrets-testkit/vitest` or `/node-test` fits: `testVaultAuth({ name, harness, ...runner })`.
 *
 * @throws TypeError for a group that there is not
 */
export function testVaultAuth(options: VaultAuthSuiteOptions & TestRunner): RegisteredSuite {
  return registerSuite(options, vaultAuthSuite(options), options);
}

/**
 * Runs the same cases one after the other, without a test runner. It does not fail when a case does: the report says so.
 *
 * @throws TypeError for a group that there is not
 */
export async function runVaultAuthSuite(options: VaultAuthSuiteOptions): Promise<ConformanceReport> {
  return runSuite(vaultAuthSuite(options), options);
}

function vaultAuthSuite({ name, harness }: VaultAuthSuiteOptions): Suite<VaultAuthFixture> {
  return {
    id: "vault-auth",
    subject: name,
    groups: vaultAuthGroups,
    async withSubject(run) {
      const fixture = new VaultAuthFixture(await harness.open());
      try {
        await run(fixture);
      } catch (error) {
        // The failure of the case is worth more than one of the clean-up.
        await fixture.end().catch(() => undefined);
        throw error;
      }
      await fixture.end();
    },
  };
}
