import { isSecretsError, SecretsError } from "@archestra/secrets-core";
import type { SecretsErrorCode } from "@archestra/secrets-core/plugin";
import type { SendVaultRequest, VaultAnswer } from "@archestra/secrets-vault/auth";
import { expectThat, fail, outcomeOf, showOutcome } from "../../expectation/expectation.ts";
import type { ConformanceCase } from "../../runner/conformance-case.ts";
import type { VaultAuthFixture } from "../vault-auth-fixture.ts";
import { answer } from "../vault-requests.ts";

const LOGIN = "VaultAuthMethod.login";
const PASSES = `${LOGIN}: "UNAVAILABLE and RATE_LIMITED for what passes by itself"`;
const ABORT_TIMEOUT = 5_000;

/** Answers that say that Vault cannot, for now. */
const passing: readonly (readonly [what: string, answer: VaultAnswer, code: SecretsErrorCode])[] = [
  ["429 of a quota", answer(429, { errors: ["rate limit quota exceeded"] }), "RATE_LIMITED"],
  ["503 of a sealed server", answer(503, { errors: ["Vault is sealed"] }), "UNAVAILABLE"],
  [
    "500 of an election",
    answer(500, { errors: ["local node not active but active cluster node not found"] }),
    "UNAVAILABLE",
  ],
  ["502 of a load balancer", answer(502, "<html>Bad gateway</html>"), "UNAVAILABLE"],
];

/** Answers that grant no login. */
const nonsense: readonly (readonly [what: string, answer: VaultAnswer])[] = [
  ["an HTML page with 200", answer(200, "<html>Welcome</html>")],
  ["an empty 200", answer(200)],
  ["a 204", answer(204)],
  ["a 200 without `auth`", answer(200, { data: {} })],
  ["an `auth` without a token", answer(200, { auth: { client_token: "", lease_duration: 60 } })],
  ["a token that no header can carry", answer(200, { auth: { client_token: "a\nb", lease_duration: 60 } })],
  ["a token that is no text", answer(200, { auth: { client_token: 5, lease_duration: 60 } })],
  ["a token without a duration", answer(200, { auth: { client_token: "hvs.x" } })],
  ["a redirect", answer(307, "")],
];

export const failureCases: readonly ConformanceCase<VaultAuthFixture>[] = [
  {
    name: "a Vault that cannot be reached is UNAVAILABLE and retryable",
    contract: 'SendVaultRequest: "@throws UNAVAILABLE when no answer came"; and the login passes that on',
    async run(fixture) {
      const send = () => Promise.reject(new SecretsError("UNAVAILABLE", "Vault cannot be reached."));
      await expectNoLogin(fixture, "a Vault that cannot be reached", send, ["UNAVAILABLE"], true);
    },
  },
  ...passing.map(
    ([what, given, code]): ConformanceCase<VaultAuthFixture> => ({
      name: `the answer ${what} is ${code} and retryable`,
      contract: PASSES,
      run: (fixture) =>
        expectNoLogin(fixture, `the answer ${what}`, () => Promise.resolve(given), [code], true),
    }),
  ),
  {
    name: "an answer that grants no login is none",
    contract: 'readLogin: "the one reader of Vault\'s `auth` object, for every method"',
    async run(fixture) {
      for (const [what, given] of nonsense) {
        const codes: SecretsErrorCode[] = ["UNAVAILABLE", "UNAUTHENTICATED", "INVALID_CONFIGURATION"];
        await expectNoLogin(fixture, what, () => Promise.resolve(given), codes);
      }
    },
  },
  {
    name: "a second factor that Vault wants is UNAUTHENTICATED",
    contract: 'readLogin: "@throws UNAUTHENTICATED when Vault refused the login or wants a second factor"',
    async run(fixture) {
      const wants = answer(200, {
        auth: { client_token: "", lease_duration: 0, mfa_requirement: { mfa_request_id: "1" } },
      });
      await expectNoLogin(fixture, "a second factor", () => Promise.resolve(wants), ["UNAUTHENTICATED"]);
    },
  },
  {
    name: "a login that is given up ends at once, with the reason of the signal",
    contract: 'SendVaultRequest: "@throws … the signal\'s reason when the login is given up"',
    async run(fixture) {
      const method = await fixture.openMethod();
      const controller = new AbortController();
      const reason = new SecretsError("CLOSED", "The manager closes.");
      let requests = 0;
      let onRequest: () => void = () => undefined;
      const asked = new Promise<"asked">((resolve) => {
        onRequest = () => resolve("asked");
      });
      const send: SendVaultRequest = () => {
        requests++;
        onRequest();
        if (controller.signal.aborted) return Promise.reject(controller.signal.reason);
        return new Promise((_resolve, reject) => {
          controller.signal.addEventListener("abort", () => reject(controller.signal.reason), { once: true });
        });
      };
      const login = outcomeOf(() => method.login(send, { signal: controller.signal }));
      const first = await Promise.race([asked, login]);
      // One who hands a token on has asked nothing of Vault.
      if (first !== "asked" && requests === 0 && !first.failed && !first.result.issued) return;
      controller.abort(reason);
      const outcome = await Promise.race([login, late()]);
      if (outcome === undefined) fail(`the login to end within ${ABORT_TIMEOUT} ms`, "it did not");
      const isRight = outcome.failed && outcome.error === reason;
      expectThat(isRight, "the login to fail with the reason of the signal", showOutcome(outcome));
    },
  },
];

/** Fails unless a login of which every request ends so fails with one of these codes, or never asked Vault. */
async function expectNoLogin(
  fixture: VaultAuthFixture,
  what: string,
  respond: SendVaultRequest,
  codes: readonly SecretsErrorCode[],
  retryable?: boolean,
): Promise<void> {
  const method = await fixture.openMethod();
  let requests = 0;
  const outcome = await outcomeOf(() =>
    fixture.logIn(method, (request) => {
      requests++;
      return respond(request);
    }),
  );
  if (!outcome.failed && requests === 0 && !outcome.result.issued) return;
  const isRight =
    outcome.failed &&
    isSecretsError(outcome.error) &&
    codes.includes(outcome.error.code) &&
    (retryable === undefined || outcome.error.retryable === retryable);
  const expected = `${what} to fail the login with ${codes.join(" or ")}${retryable ? ", retryable" : ""}`;
  expectThat(isRight, expected, outcome.failed ? showOutcome(outcome) : "it succeeded");
}

async function late(): Promise<undefined> {
  await new Promise((resolve) => setTimeout(resolve, ABORT_TIMEOUT).unref());
  return undefined;
}
