import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { vaultPlugin } from "@archestra/secrets-vault";
import { describeAws } from "@archestra/test-servers/aws-tests";
import { type MotoServer, startMoto } from "@archestra/test-servers/moto-server";
import { afterAll, beforeAll, expect, onTestFinished, test, vi } from "vitest";
import { type AwsCredentials, awsAuth } from "../src/index.ts";
import { startVaultOfAws } from "./support/vault-of-aws.ts";

/** Tokens of a second and a half: in this time there are several logins. */
const RUN = 6_000;

describeAws("credentials that change during a run", () => {
  let moto: MotoServer;
  let arn: string;

  beforeAll(async () => {
    moto = await startMoto();
    arn = await moto.createUser("application");
  });
  afterAll(() => moto?.stop());

  /** Reads without a pause, and gives how many reads there were; one that fails ends the test. */
  async function readAllTheWhile(manager: SecretsManager): Promise<number> {
    let reads = 0;
    const end = Date.now() + RUN;
    while (Date.now() < end) {
      expect((await manager.get("a"))?.value).toEqual({ token: "1" });
      reads++;
      await sleep(5);
    }
    return reads;
  }

  test("come from a provider that is asked at each login: no failed call", async () => {
    const { vault, env } = await startVaultOfAws(moto, {
      principals: [arn],
      tokenTtl: "2s",
      tokenMaxTtl: "2s",
    });
    onTestFinished(() => vault.stop());
    let asked = 0;
    const credentials = async (): Promise<AwsCredentials> => {
      asked++;
      const key = await moto.createAccessKey("application");
      // What was given before ends now.
      for (const old of issued.splice(0)) await moto.deleteAccessKey("application", old);
      issued.push(key.accessKeyId);
      return { ...key, expiration: new Date(Date.now() + 2_000) };
    };
    const issued: string[] = [];
    const manager = await createSecretsManager({ plugins: [vaultPlugin(), awsAuth({ credentials })], env });
    onTestFinished(() => manager.close());
    await manager.set("a", { token: "1" });
    expect(await readAllTheWhile(manager)).toBeGreaterThan(20);
    expect(asked).toBeGreaterThan(3);
  });

  test("are read again from the profile's file: no failed call", async () => {
    const profiled = await moto.createUser("profiled");
    const { vault, env } = await startVaultOfAws(moto, {
      principals: [profiled],
      tokenTtl: "2s",
      tokenMaxTtl: "2s",
    });
    onTestFinished(() => vault.stop());
    const file = join(vault.folder, "credentials");
    const write = async ({ accessKeyId, secretAccessKey }: AwsCredentials) =>
      writeFile(
        file,
        `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
      );
    const first = await moto.createAccessKey("profiled");
    await write(first);
    vi.stubEnv("AWS_SHARED_CREDENTIALS_FILE", file);
    vi.stubEnv("AWS_CONFIG_FILE", join(vault.folder, "config"));
    onTestFinished(() => void vi.unstubAllEnvs());
    const manager = await createSecretsManager({ plugins: [vaultPlugin(), awsAuth()], env });
    onTestFinished(() => manager.close());
    await manager.set("a", { token: "1" });
    const reading = readAllTheWhile(manager);
    await sleep(RUN / 3);
    await write(await moto.createAccessKey("profiled"));
    await moto.deleteAccessKey("profiled", first.accessKeyId);
    expect(await reading).toBeGreaterThan(20);
  });

  test("of a session are signed with its token", async () => {
    const role = await moto.createRole("service");
    const { vault, env } = await startVaultOfAws(moto, { principals: [role] });
    onTestFinished(() => vault.stop());
    const session = await moto.assumeRole(role, "one");
    const open = (credentials: AwsCredentials) =>
      createSecretsManager({
        plugins: [vaultPlugin(), awsAuth({ credentials: async () => credentials })],
        env,
      });
    await (await open(session)).close();
    const { accessKeyId, secretAccessKey } = session;
    await expect(open({ accessKeyId, secretAccessKey })).rejects.toMatchObject({ code: "UNAUTHENTICATED" });
  });
});
