import { describe, expect, test } from "vitest";
import { runVaultAuthSuite } from "../src/vault-auth.ts";
import { anyAnswerTrusted } from "./broken-auth/any-answer-trusted.ts";
import { contextChanged } from "./broken-auth/context-changed.ts";
import { credentialInError } from "./broken-auth/credential-in-error.ts";
import { credentialShown } from "./broken-auth/credential-shown.ts";
import { firstCredentialKept } from "./broken-auth/first-credential-kept.ts";
import { issuedDenied } from "./broken-auth/issued-denied.ts";
import { loginKeptOnMethod } from "./broken-auth/login-kept-on-method.ts";
import { loginShared } from "./broken-auth/login-shared.ts";
import { outageAsRefusal } from "./broken-auth/outage-as-refusal.ts";
import { refusalAsInternal } from "./broken-auth/refusal-as-internal.ts";
import { refusalSwallowed } from "./broken-auth/refusal-swallowed.ts";
import { signalAsOutage } from "./broken-auth/signal-as-outage.ts";
import { silenceKept } from "./broken-auth/silence-kept.ts";
import { ttlInvented } from "./broken-auth/ttl-invented.ts";
import { appRole } from "./support/app-role.ts";
import { appRoleHarness } from "./support/app-role-harness.ts";

const brokenMethods = {
  anyAnswerTrusted,
  contextChanged,
  credentialInError,
  credentialShown,
  firstCredentialKept,
  issuedDenied,
  loginKeptOnMethod,
  loginShared,
  outageAsRefusal,
  refusalAsInternal,
  refusalSwallowed,
  signalAsOutage,
  silenceKept,
  ttlInvented,
};

test("a method that keeps the contract passes every case, on the stub", async () => {
  const report = await runVaultAuthSuite({ name: "APPROLE", harness: appRoleHarness(appRole) });
  expect(report.cases.filter(({ status }) => status !== "passed")).toEqual([]);
  expect(report.complete).toBe(true);
});

describe("a broken authentication method fails exactly the cases about the fault", () => {
  test.concurrent.each(Object.entries(brokenMethods))("%s", async (name, { make, fails }) => {
    const report = await runVaultAuthSuite({ name, harness: appRoleHarness(make) });
    const failed = report.cases.filter(({ status }) => status === "failed");
    expect(failed.map((result) => `${result.group}: ${result.name}`)).toEqual(fails);
    for (const { reason, contract } of failed) expect(reason).toContain(`contract: ${contract}`);
  });
});
