import { testVaultAuth } from "@archestra/secrets-testkit/vault-auth";
import { runner, testPlugin } from "@archestra/secrets-testkit/vitest";
import { describeAws } from "@archestra/test-servers/aws-tests";
import { type MotoServer, startMoto } from "@archestra/test-servers/moto-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { awsAuth } from "../src/index.ts";
import { awsHarness } from "./support/aws-harness.ts";

testPlugin({
  name: "the descriptor of AWS",
  harness: {
    plugin: awsAuth,
    accepted: {
      ARCHESTRA_HASHICORP_VAULT_AWS_ROLE: "application",
      ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT: "clouds/one",
      ARCHESTRA_HASHICORP_VAULT_AWS_REGION: "eu-central-1",
      ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT: "https://sts.eu-central-1.amazonaws.com",
      ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID: "vault.example.com",
    },
    refused: {
      ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT: "aws//one",
      ARCHESTRA_HASHICORP_VAULT_AWS_REGION: "Europe",
      ARCHESTRA_HASHICORP_VAULT_AWS_STS_ENDPOINT: "sts.amazonaws.com",
    },
  },
});

describeAws("the method AWS", () => {
  let moto: MotoServer;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(() => moto?.stop());
  const suite = testVaultAuth({ name: "AWS", harness: awsHarness(() => moto), ...runner });

  test("passes every case", () => {
    const { summary, complete } = suite.report();
    expect(complete).toBe(true);
    expect(summary).toMatchObject({ failed: 0, gap: 0, unsupported: 0 });
  });
});
