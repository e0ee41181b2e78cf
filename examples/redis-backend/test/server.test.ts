import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { startTcpProxy } from "@archestra/secrets-testkit/faults";
import { beforeEach, expect, onTestFinished, test } from "vitest";
import { redisPlugin } from "../src/index.ts";
import { admin, KEY, server, startRedis } from "./redis-server.ts";

const hashOf = (name: string) => `{secrets}:secret:${name}`;

beforeEach(async () => {
  await admin.flushAll();
});

interface Opened {
  readonly secrets: SecretsManager;
  readonly warnings: readonly string[];
}

async function open(env: Readonly<Record<string, string>> = {}): Promise<Opened> {
  const warnings: string[] = [];
  const secrets = await createSecretsManager({
    plugins: [redisPlugin()],
    manager: "REDIS",
    env: { SECRETS_REDIS_URL: `redis://127.0.0.1:${server.port}`, SECRETS_REDIS_KEY: KEY, ...env },
    logger: { warn: (_fields, message) => void warnings.push(message) },
  });
  onTestFinished(() => secrets.close());
  return { secrets, warnings };
}

/** A user with these rules, as it is in the address. */
async function userOfTest(name: string, ...rules: readonly string[]): Promise<string> {
  await admin.sendCommand(["ACL", "SETUSER", name, "reset", "on", "allkeys", ...rules]);
  onTestFinished(async () => void (await admin.sendCommand(["ACL", "DELUSER", name])));
  return `redis://${name}@127.0.0.1:${server.port}`;
}

async function setting(name: string, value: string): Promise<void> {
  const previous = (await admin.configGet(name))[name] ?? "";
  await admin.configSet(name, value);
  onTestFinished(async () => void (await admin.configSet(name, previous)));
}

test("a server that evicts secrets stops the start", async () => {
  await setting("maxmemory-policy", "allkeys-lru");
  await expect(open()).rejects.toMatchObject({
    code: "INVALID_CONFIGURATION",
    message: expect.stringContaining("maxmemory-policy is allkeys-lru. Set it to noeviction."),
  });
});

test("a server without an append-only file is a warning, and check() is degraded", async () => {
  await setting("appendonly", "no");
  const { secrets, warnings } = await open();
  expect(warnings).toEqual([expect.stringContaining("Set appendonly to yes.")]);
  expect(await secrets.check()).toMatchObject({
    status: "degraded",
    problems: [{ code: "INVALID_CONFIGURATION" }],
  });
});

test("a replica serves nothing, as its reads lag behind, and the primary is used after a failover", async () => {
  const replica = await startRedis("--replicaof", "127.0.0.1", String(server.port));
  onTestFinished(() => replica.stop());
  const { secrets, warnings } = await open({ SECRETS_REDIS_URL: `redis://127.0.0.1:${replica.port}` });
  expect(warnings).toEqual([expect.stringContaining("does not serve requests now (UNAVAILABLE)")]);
  await expect(secrets.get("a")).rejects.toMatchObject({ code: "UNAVAILABLE" });
  const { createClient } = await import("@redis/client");
  const promoter = createClient({ url: `redis://127.0.0.1:${replica.port}` });
  await promoter.connect();
  await promoter.sendCommand(["REPLICAOF", "NO", "ONE"]);
  promoter.destroy();
  await secrets.set("a", { token: "1" });
  expect((await secrets.get("a"))?.value).toEqual({ token: "1" });
});

test("a user without INFO gets a warning, check() is degraded, and secrets work", async () => {
  const address = await userOfTest("no-info", "nopass", "+@all", "-info");
  const { secrets, warnings } = await open({ SECRETS_REDIS_URL: address });
  expect(warnings).toEqual([expect.stringContaining("Grant it with `+info`")]);
  await secrets.set("a", { token: "1" });
  expect(await secrets.check({ count: true })).toMatchObject({ status: "degraded", count: 1 });
});

test("a user that may write hashes and not the set of names changes nothing", async () => {
  const address = await userOfTest("no-names", "nopass", "+@all", "-zadd");
  const { secrets } = await open({ SECRETS_REDIS_URL: address });
  await expect(secrets.set("a", { token: "1" })).rejects.toMatchObject({ code: "OUTCOME_UNKNOWN" });
  expect(await secrets.has("a")).toBe(false);
});

test("wrong credentials stop the start", async () => {
  const address = await userOfTest("other", ">right", "+@all");
  await expect(
    open({ SECRETS_REDIS_URL: address, SECRETS_REDIS_PASSWORD: "wrong-password" }),
  ).rejects.toMatchObject({
    code: "UNAUTHENTICATED",
    message: expect.not.stringContaining("wrong-password"),
  });
});

test("a password that was replaced in its file is used for new connections", async () => {
  const address = await userOfTest("rotated", ">first", "+@all");
  const file = join(server.folder, "password");
  writeFileSync(file, "first");
  const { secrets } = await open({ SECRETS_REDIS_URL: address, SECRETS_REDIS_PASSWORD_FILE: file });
  await secrets.set("a", { token: "1" });
  await admin.sendCommand(["ACL", "SETUSER", "rotated", "resetpass", ">second"]);
  writeFileSync(file, "second");
  await admin.sendCommand(["CLIENT", "KILL", "USER", "rotated"]);
  await expect.poll(() => secrets.get("a").catch(() => undefined)).toMatchObject({ value: { token: "1" } });
});

test("a server that is unreachable at the start is a warning, and secrets work when it is there", async () => {
  const proxy = await startTcpProxy({ port: server.port });
  onTestFinished(() => proxy.close());
  const end = await proxy.refuse();
  const { secrets, warnings } = await open({ SECRETS_REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  expect(warnings).toEqual([expect.stringContaining("does not serve requests now (UNAVAILABLE)")]);
  await expect(secrets.set("a", { token: "1" })).rejects.toMatchObject({ code: "UNAVAILABLE" });
  await end();
  await secrets.set("a", { token: "1" });
});

test("a connection that Redis closed while it was idle is replaced, and close() leaves none", async () => {
  const proxy = await startTcpProxy({ port: server.port });
  onTestFinished(() => proxy.close());
  const { secrets } = await open({ SECRETS_REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  await secrets.set("a", { token: "1" });
  await proxy.cut({ once: true });
  await secrets.set("a", { token: "2" });
  await Promise.all(Array.from({ length: 50 }, () => secrets.get("a")));
  expect(proxy.connections()).toBeLessThanOrEqual(16);
  await secrets.close();
  await expect.poll(() => proxy.connections()).toBe(0);
});

test("a value that was copied to another name, or that an earlier state had, cannot be decrypted", async () => {
  const { secrets } = await open();
  await secrets.create("mine", { token: "1" });
  const earlier = (await admin.hGet(hashOf("mine"), "value")) ?? "";
  await admin.copy(hashOf("mine"), hashOf("other"));
  await expect(secrets.get("other")).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
  await secrets.set("mine", { token: "2" });
  await admin.hSet(hashOf("mine"), "value", earlier);
  await expect(secrets.get("mine")).rejects.toMatchObject({ code: "DECRYPTION_FAILED" });
});

test("a key of another type is INVALID_VALUE, and can be replaced and deleted", async () => {
  const { secrets } = await open();
  for (const name of ["a", "b"]) {
    await admin.set(hashOf(name), "text");
    await expect(secrets.get(name)).rejects.toMatchObject({ code: "INVALID_VALUE" });
    expect(await secrets.has(name)).toBe(true);
  }
  await secrets.set("a", { token: "1" });
  expect((await secrets.get("a"))?.value).toEqual({ token: "1" });
  expect(await secrets.delete("b")).toBe(true);
  expect(await admin.exists(hashOf("b"))).toBe(0);
});

test("a name whose hash is missing is neither listed nor counted, and the list continues behind it", async () => {
  const { secrets } = await open();
  await secrets.create("b", { token: "1" });
  const stray = Array.from({ length: 250 }, (_, index) => ({ score: 0, value: `a${index}` }));
  await admin.zAdd("{secrets}:names", stray);
  const names: string[] = [];
  for await (const { name } of secrets.list()) names.push(name);
  expect(names).toEqual(["b"]);
  expect(await secrets.check({ count: true })).toMatchObject({ count: 1 });
});

test("a list entry without a version did not come from this Redis, so it is no entry", async () => {
  const proxy = await startTcpProxy({ port: server.port, isRequest: (data) => /ZRANGEBYLEX/.test(data) });
  onTestFinished(() => proxy.close());
  const { secrets } = await open({ SECRETS_REDIS_URL: `redis://127.0.0.1:${proxy.port}` });
  for (const fields of ["$-1\r\n$-1\r\n$-1\r\n", ":1\r\n:1\r\n:1\r\n"]) {
    proxy.nonsense({ once: true, answer: `*1\r\n*5\r\n+a\r\n:1\r\n${fields}` });
    const listed = secrets.list({ limit: 1 })[Symbol.asyncIterator]().next();
    await expect(listed).rejects.toMatchObject({ code: "UNAVAILABLE" });
  }
});

test("changes of several clients lose nothing", async () => {
  const { secrets } = await open();
  await secrets.create("counter", { count: 0 });
  const clients = await Promise.all(Array.from({ length: 4 }, () => open()));
  await Promise.all(
    clients.map(async (client) => {
      for (let left = 25; left > 0; left--) {
        await client.secrets.update("counter", ({ count }) => ({ count: Number(count) + 1 }));
      }
    }),
  );
  expect((await secrets.get("counter"))?.value).toEqual({ count: 100 });
});
