import { afterAll, beforeAll, expect, test } from "vitest";
import { type AwsCredentials, signQuery } from "../aws-query.ts";
import { describeAws } from "../aws-tests.ts";
import { configureVaultAws } from "../aws-vault.ts";
import { type MotoServer, startMoto } from "../moto-server.ts";
import { startVault, type VaultServer } from "../vault-server.ts";

describeAws("an STS of a test", () => {
  let moto: MotoServer;
  let vault: VaultServer;
  let role: string;
  /** The key of a user, who has at most two. */
  let key: AwsCredentials;

  beforeAll(async () => {
    [moto, vault] = await Promise.all([startMoto(), startVault()]);
    const user = await moto.createUser("application");
    key = await moto.createAccessKey("application");
    role = await moto.createRole("service");
    await configureVaultAws(vault, moto, {
      principals: [user, role],
      serverId: "vault.test",
      tokenTtl: "20s",
    });
  });

  afterAll(async () => {
    await Promise.all([moto?.stop(), vault?.stop()]);
  });

  /** Logs in with an identity, as a client of Vault does. */
  async function login(credentials: AwsCredentials, serverId = "vault.test") {
    const parameters = { Action: "GetCallerIdentity", Version: "2011-06-15" };
    const headers = { "X-Vault-AWS-IAM-Server-ID": serverId };
    const query = { address: moto.address, service: "sts", credentials, parameters, headers } as const;
    const signed = await signQuery(query);
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const body = {
      role: "application",
      iam_http_request_method: "POST",
      iam_request_url: base64(`${moto.address}/`),
      iam_request_body: base64(signed.body),
      iam_request_headers: base64(JSON.stringify(signed.headers)),
    };
    return vault.request("POST", "auth/aws/login", body, { token: null });
  }

  test("lets a user log in to Vault", async () => {
    const { status, body } = await login(key);
    expect(status).toBe(200);
    expect(body.auth).toMatchObject({
      lease_duration: 20,
      metadata: { auth_type: "iam", account_id: "123456789012" },
    });
  });

  test("lets a session of a role log in, with its session token alone", async () => {
    const { expiration, ...session } = await moto.assumeRole(role, "pod-1", { durationSeconds: 900 });
    expect(expiration.getTime()).toBeGreaterThan(Date.now() + 800_000);
    expect((await login(session)).status).toBe(200);
    const { sessionToken, ...bare } = session;
    expect(await login(bare)).toMatchObject({
      status: 400,
      text: expect.stringContaining("upstream request"),
    });
    expect((await login({ ...session, sessionToken: `${sessionToken}x` })).status).toBe(400);
  });

  test("refuses a signature by another secret key", async () => {
    const forged = { ...key, secretAccessKey: "another" };
    await expect(moto.query("sts", "GetCallerIdentity", {}, forged)).rejects.toThrow("SignatureDoesNotMatch");
    expect((await login(forged)).status).toBe(400);
  });

  test("refuses a key that was deleted", async () => {
    const credentials = await moto.createAccessKey("application");
    expect((await login(credentials)).status).toBe(200);
    await moto.deleteAccessKey("application", credentials.accessKeyId);
    expect((await login(credentials)).status).toBe(400);
  });

  test("has Vault refuse another principal, and a request for another Vault", async () => {
    await moto.createUser("stranger");
    expect(await login(await moto.createAccessKey("stranger"))).toMatchObject({
      status: 400,
      text: expect.stringContaining("does not belong to the role"),
    });
    expect(await login(key, "another.test")).toMatchObject({
      status: 400,
      text: expect.stringContaining('expected \\"vault.test\\" but got \\"another.test\\"'),
    });
  });
});
