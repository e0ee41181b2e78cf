import { inspect } from "node:util";
import {
  createSecretsManager,
  type Environment,
  isSecretsError,
  type SecretsError,
} from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { describeAws } from "@archestra/test-servers/aws-tests";
import { putAwsRole } from "@archestra/test-servers/aws-vault";
import { type MotoServer, startMoto } from "@archestra/test-servers/moto-server";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AwsCredentials, awsAuth } from "../src/index.ts";
import { startVaultOfAws, type VaultOfAws } from "./support/vault-of-aws.ts";

describeAws("a refused login", () => {
  let moto: MotoServer;
  let aws: VaultOfAws;
  let good: AwsCredentials;

  beforeAll(async () => {
    moto = await startMoto();
    const arn = await moto.createUser("application");
    good = await moto.createAccessKey("application");
    aws = await startVaultOfAws(moto, { principals: [arn], serverId: "vault.example.com" });
  });
  afterAll(async () => {
    await Promise.all([moto?.stop(), aws?.vault.stop()]);
  });

  /** The error of a start with these credentials. */
  async function startError(credentials: AwsCredentials, env: Environment = {}): Promise<SecretsError> {
    const plugins = [vaultPlugin(), awsAuth({ credentials: async () => credentials })];
    const error = await createSecretsManager({ plugins, env: { ...aws.env, ...env } }).then(
      (manager) => manager.close(),
      (thrown: unknown) => thrown,
    );
    if (!isSecretsError(error)) throw new Error("It started.");
    expect(inspect(error, { depth: 9 })).not.toContain(credentials.secretAccessKey);
    return error;
  }

  test("is not the result of correct settings", async () => {
    const plugins = [vaultPlugin(), awsAuth({ credentials: async () => good })];
    const manager = await createSecretsManager({ plugins, env: aws.env });
    await manager.set("a", { token: "1" });
    expect((await manager.get("a"))?.value).toEqual({ token: "1" });
    await manager.close();
    expect((await aws.vault.auditedRequests()).at(-1)?.path).toBe("auth/token/revoke-self");
  });

  test("says that the secret key is wrong", async () => {
    const { code, reason, message } = await startError({ ...good, secretAccessKey: "x".repeat(40) });
    expect([code, reason]).toEqual(["UNAUTHENTICATED", "SIGNATURE_REFUSED"]);
    expect(message).toContain("secret");
  });

  test("says that the access key is unknown", async () => {
    const { code } = await startError({ ...good, accessKeyId: "AKIAUNKNOWNUNKNOWN00" });
    expect(code).toBe("UNAUTHENTICATED");
  });

  test("says that the role does not exist", async () => {
    const { code, reason, message } = await startError(good, { ARCHESTRA_HASHICORP_VAULT_AWS_ROLE: "other" });
    expect([code, reason]).toEqual(["INVALID_CONFIGURATION", "ROLE_MISSING"]);
    expect(message).toContain("ARCHESTRA_HASHICORP_VAULT_AWS_ROLE");
  });

  test("says that the identity is not bound to the role", async () => {
    await putAwsRole(aws.vault, { name: "others", principals: ["arn:aws:iam::123456789012:user/other"] });
    const { code, reason, message } = await startError(good, {
      ARCHESTRA_HASHICORP_VAULT_AWS_ROLE: "others",
    });
    expect([code, reason]).toEqual(["UNAUTHENTICATED", "PRINCIPAL_NOT_BOUND"]);
    expect(message).toContain("bound_iam_principal_arn");
  });

  test.each([
    ["", "SERVER_ID_MISSING"],
    ["other.example.com", "SERVER_ID_WRONG"],
  ])("says how the server id %j is wrong", async (id, expected) => {
    const { code, reason, message } = await startError(good, {
      ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID: id,
    });
    expect([code, reason]).toEqual(["INVALID_CONFIGURATION", expected]);
    expect(message).toContain("ARCHESTRA_HASHICORP_VAULT_AWS_IAM_SERVER_ID");
  });

  test("names the mount when Vault does not say what is missing", async () => {
    const { code, message } = await startError(good, {
      ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT: "nowhere",
    });
    expect(code).toBe("UNAUTHENTICATED");
    expect(message).toContain("ARCHESTRA_HASHICORP_VAULT_AWS_MOUNT_POINT");
  });

  test("is not tried with credentials that have expired", async () => {
    const before = (await aws.vault.auditedRequests()).length;
    const { code, reason } = await startError({ ...good, expiration: new Date(Date.now() - 1_000) });
    expect([code, reason]).toEqual(["UNAUTHENTICATED", "CREDENTIALS_EXPIRED"]);
    expect(await aws.vault.auditedRequests()).toHaveLength(before);
  });

  test("is not tried when the provider has none", async () => {
    const plugins = [vaultPlugin(), awsAuth({ credentials: () => Promise.reject(new Error("hunter2")) })];
    const error = await createSecretsManager({ plugins, env: aws.env }).catch((thrown: unknown) => thrown);
    expect(isSecretsError(error, "UNAUTHENTICATED") && error.reason).toBe("NO_CREDENTIALS");
    expect(inspect(error)).not.toContain("hunter2");
  });
});
