import { startStubVault } from "@archestra/test-servers/stub-vault";
import type { VaultServer } from "@archestra/test-servers/vault-server";
import { vaultOfTest } from "@archestra/test-servers/vault-tests";
import { onTestFinished } from "vitest";
import { type BrokenConfigurations, filledDatabase, type Variables, withManager } from "./broken-setup.ts";

const ADDRESS = "ARCHESTRA_HASHICORP_VAULT_ADDR";
const TOKEN = "ARCHESTRA_HASHICORP_VAULT_TOKEN";
const PATH = "ARCHESTRA_HASHICORP_VAULT_SECRET_PATH";
const VERSION = "ARCHESTRA_HASHICORP_VAULT_KV_VERSION";

const LOOKUP = 'path "sys/internal/ui/mounts/*" { capabilities = ["read"] }';
const WRITER = `path "secret/data/archestra/*" { capabilities = ["create", "update", "read"] }
path "secret/metadata/archestra/*" { capabilities = ["read", "list", "delete"] }
${LOOKUP}`;

/** A Vault with a mount of KV version 2, selected beside a database. */
async function vaultSetup(options: Parameters<typeof vaultOfTest>[0] = {}) {
  const server = await vaultOfTest(options);
  await server.mountKv("secret", 2);
  const { env: database, folder } = await filledDatabase();
  const { tls } = server;
  const env: Variables = {
    ...database,
    ARCHESTRA_SECRETS_MANAGER: "VAULT",
    ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "true",
    [ADDRESS]: server.address,
    [TOKEN]: "root",
    ...(tls === undefined ? {} : { ARCHESTRA_HASHICORP_VAULT_CACERT: tls.authority }),
  };
  return { server, env, folder };
}

async function tokenWith(server: VaultServer, rules: string): Promise<string> {
  await server.putPolicy("application", rules);
  return (await server.createToken({ policies: ["application"] })).token;
}

/** A Vault that cannot be reached, serves nothing, refuses, or is another than configured. */
export const vaultCases: BrokenConfigurations = {
  "Vault does not listen": async () => {
    const { env, folder } = await vaultSetup();
    return {
      env: { ...env, [ADDRESS]: "http://127.0.0.1:9" },
      folder,
      finding: "UNREACHABLE",
      corrected: { [ADDRESS]: env[ADDRESS] },
    };
  },
  "Vault does not answer": async () => {
    const { server, env, folder } = await vaultSetup();
    await server.freeze();
    return {
      env,
      folder,
      finding: "NO_ANSWER",
      corrected: { [ADDRESS]: env[ADDRESS] },
      act: () => server.thaw(),
    };
  },
  "Vault is sealed": async () => {
    const { server, env, folder } = await vaultSetup();
    await server.seal();
    return { env, folder, finding: "SEALED", act: () => server.unseal() };
  },
  "the address is of another server": async () => {
    const { env, folder } = await vaultSetup();
    const stub = await startStubVault();
    onTestFinished(() => stub.stop());
    stub.script("GET", "/v1/sys/health", { status: 200, body: "<html>It works</html>" });
    return {
      env: { ...env, [ADDRESS]: stub.address },
      folder,
      finding: "NOT_VAULT",
      corrected: { [ADDRESS]: env[ADDRESS] },
    };
  },
  "Vault refuses the token": async () => {
    const { env, folder } = await vaultSetup();
    return {
      env: { ...env, [TOKEN]: "hvs.planted-token" },
      folder,
      finding: "TOKEN_REFUSED",
      corrected: { [TOKEN]: "root" },
    };
  },
  "the token expires and is not renewable": async () => {
    const { server, env, folder } = await vaultSetup();
    const { token } = await server.createToken({ ttl: "2h", renewable: false, policies: ["root"] });
    return {
      env: { ...env, [TOKEN]: token },
      folder,
      finding: "TOKEN_EXPIRES",
      corrected: { [TOKEN]: "root" },
    };
  },
  "the token can be used a few times": async () => {
    const { server, env, folder } = await vaultSetup();
    const { token } = await server.createToken({ numUses: 5, policies: ["root"] });
    return {
      env: { ...env, [TOKEN]: token },
      folder,
      finding: "TOKEN_USES_LEFT",
      corrected: { [TOKEN]: "root" },
    };
  },
  "the policies of the token allow reading alone": async () => {
    const { server, env, folder } = await vaultSetup();
    const token = await tokenWith(
      server,
      `path "secret/data/archestra/*" { capabilities = ["read"] }\n${LOOKUP}`,
    );
    return {
      env: { ...env, [TOKEN]: token },
      folder,
      finding: "MISSING_CAPABILITIES",
      act: () => server.putPolicy("application", WRITER),
    };
  },
  "the token cannot read the mount": async () => {
    const { server, env, folder } = await vaultSetup();
    const token = await tokenWith(server, 'path "secret/*" { capabilities = ["deny"] }');
    return {
      env: { ...env, [TOKEN]: token },
      folder,
      finding: "MOUNT_NOT_PROVEN",
      act: () => server.putPolicy("application", WRITER),
    };
  },
  "the mount has the other KV version": async () => {
    const { server, env, folder } = await vaultSetup();
    await server.mountKv("old", 1);
    return {
      env: { ...env, [PATH]: "old/data/archestra" },
      folder,
      finding: "WRONG_KV_VERSION",
      corrected: { [VERSION]: "1", [PATH]: "old/archestra" },
    };
  },
  "the mount does not exist": async () => {
    const { env, folder } = await vaultSetup();
    return {
      env: { ...env, [PATH]: "absent/data/archestra" },
      folder,
      finding: "MOUNT_MISSING",
      corrected: { [PATH]: undefined },
    };
  },
  "the mount is of another engine": async () => {
    const { server, env, folder } = await vaultSetup();
    await server.demand("POST", "sys/mounts/transit", { type: "transit" });
    return {
      env: { ...env, [PATH]: "transit/data/archestra" },
      folder,
      finding: "NOT_KV",
      corrected: { [PATH]: undefined },
    };
  },
  "the path has no segment `data`": async () => {
    const { env, folder } = await vaultSetup();
    return {
      env: { ...env, [PATH]: "secret/archestra" },
      folder,
      finding: "NO_DATA_SEGMENT",
      corrected: { [PATH]: "secret/data/archestra" },
    };
  },
  "the prefix was changed after secrets were stored": async () => {
    const { server, env, folder } = await vaultSetup();
    await withManager(env, (manager) => manager.create("in-vault", { token: "planted" }));
    await server.demand("POST", "secret/data/other/in-vault", { data: { token: "planted" } });
    return { env: { ...env, [PATH]: "secret/data/other" }, folder, finding: "PATH_MISMATCH" };
  },
  "Vault owns secrets and is not configured any more": async () => {
    const { env, folder } = await vaultSetup();
    await withManager(env, (manager) => manager.create("in-vault", { token: "planted" }));
    const { [TOKEN]: _, ...others } = env;
    return {
      env: { ...others, ARCHESTRA_SECRETS_MANAGER: "DB" },
      folder,
      finding: "OWNER_NOT_CONFIGURED",
      corrected: { [TOKEN]: "root" },
    };
  },
  "the authority of the certificate is not known": async () => {
    const { env, folder } = await vaultSetup({ tls: {} });
    const { ARCHESTRA_HASHICORP_VAULT_CACERT: authority, ...others } = env;
    return {
      env: others,
      folder,
      finding: "TLS",
      corrected: { ARCHESTRA_HASHICORP_VAULT_CACERT: authority },
    };
  },
  "the authority is not PEM": async () => {
    const { env, folder } = await vaultSetup({ tls: {} });
    return {
      env: { ...env, ARCHESTRA_HASHICORP_VAULT_CACERT: "planted-text" },
      folder,
      finding: "UNREADABLE_FILE",
      corrected: { ARCHESTRA_HASHICORP_VAULT_CACERT: env.ARCHESTRA_HASHICORP_VAULT_CACERT },
    };
  },
  "the address is http, and Vault serves https": async () => {
    const { env, folder } = await vaultSetup({ tls: {} });
    return {
      env: { ...env, [ADDRESS]: (env[ADDRESS] ?? "").replace("https:", "http:") },
      folder,
      finding: "HTTPS_REQUIRED",
      corrected: { [ADDRESS]: env[ADDRESS] },
    };
  },
};
