/*
 * What STS says through Vault and moto does not: it knows no region but that of the signature, and reads neither the time
 * of a signature nor the end of a session. A stub of Vault answers with the texts of Vault's AWS auth method.
 */
import { createSecretsManager, type Environment, isSecretsError } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { startStubVault } from "@archestra/test-servers/stub-vault";
import { expect, onTestFinished, test } from "vitest";
import { awsAuth } from "../src/index.ts";

const LOGIN = "/v1/auth/aws/login";
const credentials = { accessKeyId: "AKIAIOSFODNN7EXAMPLE", secretAccessKey: "not-a-real-secret-access-key" };

function errorOfSts(status: number, code: string, message: string): string {
  return `error making upstream request: received error code ${status} from STS: <ErrorResponse><Error><Code>${code}</Code><Message>${message}</Message></Error></ErrorResponse>`;
}

/** Opens a manager whose logins are answered so. */
async function openWith(answers: readonly string[], env: Environment = {}) {
  const stub = await startStubVault();
  onTestFinished(() => stub.stop());
  const [first = "", ...others] = answers.map((text) => ({ status: 400, body: { errors: [text] } }));
  stub.script("POST", LOGIN, first as never, ...(others as never[]));
  let asked = 0;
  const warnings: string[] = [];
  const start = createSecretsManager({
    plugins: [
      vaultPlugin(),
      awsAuth({
        credentials: async () => {
          asked++;
          return credentials;
        },
      }),
    ],
    logger: { warn: ({ code }, message) => void warnings.push(`${code} ${message}`) },
    env: {
      ARCHESTRA_SECRETS_MANAGER: "VAULT",
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
      ARCHESTRA_HASHICORP_VAULT_ADDR: stub.address,
      ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD: "AWS",
      ARCHESTRA_HASHICORP_VAULT_AWS_ROLE: "application",
      ...env,
    },
  });
  const error = await start.then(
    (manager) => manager.close(),
    (thrown: unknown) => thrown,
  );
  const logins = stub.requests.filter(({ path }) => path === LOGIN);
  return { error, warnings, logins, timesAsked: () => asked };
}

test.each([
  [
    errorOfSts(403, "SignatureDoesNotMatch", "Credential should be scoped to a valid region."),
    "INVALID_CONFIGURATION",
    "REGION_MISMATCH",
    "ARCHESTRA_HASHICORP_VAULT_AWS_REGION",
  ],
  [
    errorOfSts(
      403,
      "SignatureDoesNotMatch",
      "Signature expired: 20261124T0100Z is now earlier than 20261124T0200Z",
    ),
    "UNAUTHENTICATED",
    "CLOCK_SKEW",
    "NTP",
  ],
  [
    errorOfSts(403, "SignatureDoesNotMatch", "Signature not yet current: 20261124T0200Z is still later"),
    "UNAUTHENTICATED",
    "CLOCK_SKEW",
    "NTP",
  ],
  [
    errorOfSts(403, "ExpiredToken", "The security token included in the request is expired"),
    "UNAUTHENTICATED",
    "CREDENTIALS_EXPIRED",
    "Renew",
  ],
  [
    errorOfSts(403, "InvalidClientTokenId", "The security token included in the request is invalid"),
    "UNAUTHENTICATED",
    "CREDENTIALS_UNKNOWN",
    "session token",
  ],
  [
    errorOfSts(403, "SignatureDoesNotMatch", "The request signature we calculated does not match"),
    "UNAUTHENTICATED",
    "SIGNATURE_REFUSED",
    "secret access key",
  ],
])("each refusal of STS has a message of its own: %#", async (text, code, reason, words) => {
  const { error } = await openWith([text]);
  if (!isSecretsError(error)) throw new Error("It started.");
  expect([error.code, error.reason]).toEqual([code, reason]);
  expect(error.message).toContain(words);
  expect(error.message).not.toContain("ErrorResponse");
});

test("an expired session makes the login ask for credentials once more, and no more", async () => {
  const expired = errorOfSts(403, "ExpiredToken", "expired");
  const { logins, timesAsked } = await openWith([expired]);
  expect(timesAsked()).toBe(2);
  expect(logins).toHaveLength(2);
  const [first, second] = logins.map(({ body }) => JSON.parse(body) as { iam_request_headers: string });
  expect(second).toHaveProperty("role", "application");
  expect(first?.iam_request_headers).toBeTypeOf("string");
});

test("a start continues with a warning while Vault cannot reach STS", async () => {
  const { error, warnings } = await openWith([
    "error making upstream request: error making request: dial tcp",
  ]);
  expect(error).toBeUndefined();
  expect(warnings.join()).toContain("ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START");
  expect(warnings.join()).toContain("Vault cannot reach STS");
});

test.each([
  ["eu-central-1", "https://sts.amazonaws.com", "https://sts.eu-central-1.amazonaws.com"],
  ["cn-north-1", "https://sts.amazonaws.com", "https://sts.cn-north-1.amazonaws.com.cn"],
  ["us-east-1", "https://sts.eu-west-1.amazonaws.com", "https://sts.us-east-1.amazonaws.com"],
])("the region %s with the endpoint %s causes a warning in advance", async (region, endpoint, remedy) => {
  const { warnings } = await openWith(["entry for role application not found"], {
    ARCHESTRA_HASHICORP_VAULT_AWS_REGION: region,
    ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT: endpoint,
  });
  expect(warnings.find((text) => text.startsWith("ARCHESTRA_SECRETS_AWS_REGION"))).toContain(remedy);
});
