import type { Environment } from "@archestra/secrets-core";
import { describeVault, vaultOfTest } from "@archestra/test-servers/vault-tests";
import { expect, test } from "vitest";
import { failure } from "../support/failure.ts";
import { openVault, tokenEnv, vaultEnv } from "../support/open-vault.ts";

const VERSION = "ARCHESTRA_HASHICORP_VAULT_KV_VERSION";
const PATH = "ARCHESTRA_HASHICORP_VAULT_SECRET_PATH";
const METADATA = "ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH";

/** Settings that contradict themselves or the mount `secret`, which is KV 2, or `kv1`. */
const refused: Readonly<Record<string, { env: Environment; reason: string; names: readonly string[] }>> = {
  "a prefix without data on KV 2": {
    env: { [PATH]: "secret/app" },
    reason: "NO_DATA_SEGMENT",
    names: [PATH, METADATA, '"secret/data/archestra"'],
  },
  "a prefix with data in the wrong place on KV 2": {
    env: { [PATH]: "secret/app/data" },
    reason: "NO_DATA_SEGMENT",
    names: [PATH, '"secret/data"'],
  },
  "a prefix that leads to no mount": {
    env: { [PATH]: "nowhere/data/app" },
    reason: "MOUNT_MISSING",
    names: [PATH],
  },
  "a prefix on an engine that is not KV": {
    env: { [PATH]: "cubbyhole/data/app" },
    reason: "NOT_KV",
    names: [PATH, "cubbyhole"],
  },
};

describeVault("the place of the secrets", () => {
  test.each(Object.entries(refused))(
    "%s stops the start and says what to correct",
    async (_kind, { env, reason, names }) => {
      const server = await vaultOfTest();
      await server.mountKv("secret", 2);
      await server.mountKv("kv1", 1);
      const error = await failure(
        openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...env })),
      );
      expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", reason]);
      for (const name of names) expect(error.message).toContain(name);
    },
  );

  test.each(["/", "secret//app", "//secret/data/app", "secret/../sys", "secret/data/a\u200db"])(
    "%j is not a path, and refused before a request",
    async (path) => {
      const env = vaultEnv("http://127.0.0.1:1", { ...tokenEnv("a-token"), [PATH]: path });
      const error = await failure(openVault(env));
      expect(error.code).toBe("INVALID_CONFIGURATION");
      expect(error.message).toContain(PATH);
    },
  );

  const accepted: Readonly<Record<string, { mount: string; kv: 1 | 2; env: Environment }>> = {
    "a prefix that is the mount alone": { mount: "secret", kv: 2, env: { [PATH]: "secret/data" } },
    "a prefix that is the mount of KV 1 alone": {
      mount: "kv1",
      kv: 1,
      env: { [VERSION]: "1", [PATH]: "kv1" },
    },
    "a mount with a slash in its name": {
      mount: "team/data/kv",
      kv: 2,
      env: { [PATH]: "team/data/kv/data/app" },
    },
    "a second segment data": { mount: "secret", kv: 2, env: { [PATH]: "secret/data/app/data" } },
    "odd characters in the prefix": { mount: "secret", kv: 2, env: { [PATH]: "secret/data/a b%2F?#é" } },
    "a slash at both ends of the prefix": { mount: "secret", kv: 2, env: { [PATH]: "/secret/data/app/" } },
    "a slash at both ends of the prefix of KV 1": {
      mount: "kv1",
      kv: 1,
      env: { [VERSION]: "1", [PATH]: "/kv1/app/" },
    },
    "a slash at both ends of the metadata path": {
      mount: "secret",
      kv: 2,
      env: { [PATH]: "secret/data/app", [METADATA]: "/secret/metadata/app/" },
    },
    "a mount named v1": { mount: "v1", kv: 2, env: { [PATH]: "v1/data/app" } },
    "a mount of KV 1 named v1": { mount: "v1", kv: 1, env: { [VERSION]: "1", [PATH]: "v1" } },
    "a metadata path on KV 1, which has none": {
      mount: "kv1",
      kv: 1,
      env: { [VERSION]: "1", [PATH]: "kv1/app", [METADATA]: "kv1/metadata/app" },
    },
    "a metadata path that belongs to it": {
      mount: "secret",
      kv: 2,
      env: { [PATH]: "secret/data/app", [METADATA]: "secret/metadata/app" },
    },
    "a metadata path behind a mount named data": {
      mount: "x/data",
      kv: 2,
      env: { [PATH]: "x/data/data/app", [METADATA]: "x/data/metadata/app" },
    },
  };

  test.each(Object.entries(accepted))("%s works", async (_kind, { mount, kv, env }) => {
    const server = await vaultOfTest();
    await server.mountKv(mount, kv);
    const manager = await openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...env }));
    await manager.create("team/a b", { token: "1" });
    expect((await manager.get("team/a b"))?.value).toEqual({ token: "1" });
    expect(await Array.fromAsync(manager.list(), ({ name }) => name)).toEqual(["team/a b"]);
    expect(await manager.delete("team/a b")).toBe(true);
    expect(await manager.get("team/a b")).toBeUndefined();
  });

  const followed: Readonly<Record<string, { wrong: Environment; advice: string; right: Environment }>> = {
    "to add `data` behind the mount": {
      wrong: { [PATH]: "secret/app" },
      advice: `Put "data" behind the mount in ${PATH}, as in "secret/data/archestra"`,
      right: { [PATH]: "secret/data/app" },
    },
    "to begin with the mount and `data`": {
      wrong: { [PATH]: "secret/app/data" },
      advice: 'it has to begin with "secret/data"',
      right: { [PATH]: "secret/data/app/data" },
    },
    "to set KV version 1 for a mount of version 1": {
      wrong: { [PATH]: "kv1/app" },
      advice: `set ${VERSION}=1`,
      right: { [PATH]: "kv1/app", [VERSION]: "1" },
    },
  };

  test.each(Object.entries(followed))(
    "NO_DATA_SEGMENT advises %s, and that works",
    async (_what, { wrong, advice, right }) => {
      const server = await vaultOfTest();
      await server.mountKv("secret", 2);
      await server.mountKv("kv1", 1);
      const open = (env: Environment) =>
        openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), ...env }));
      const error = await failure(open(wrong));
      expect(error.reason).toBe("NO_DATA_SEGMENT");
      expect(error.message).toContain(advice);
      const manager = await open(right);
      await manager.create("a", { token: "1" });
      expect((await manager.get("a"))?.value).toEqual({ token: "1" });
      expect(await manager.delete("a")).toBe(true);
    },
  );

  test("a prefix that begins with the API's own `v1/` leads to no mount, and the message says that it is added", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const env = vaultEnv(server.address, { ...tokenEnv(server.rootToken), [PATH]: "v1/secret/data/app" });
    const error = await failure(openVault(env));
    expect([error.code, error.reason]).toEqual(["INVALID_CONFIGURATION", "MOUNT_MISSING"]);
    expect(error.message).toContain("begins with `v1/`, which is added to every path");
  });

  test("two prefixes on one mount do not see one another", async () => {
    const server = await vaultOfTest();
    await server.mountKv("secret", 2);
    const open = (path: string) =>
      openVault(vaultEnv(server.address, { ...tokenEnv(server.rootToken), [PATH]: path }));
    const [one, other] = [await open("secret/data/app"), await open("secret/data/app2")];
    await one.create("a", { of: "one" });
    expect(await other.get("a")).toBeUndefined();
    expect(await Array.fromAsync(other.list())).toEqual([]);
  });
});
