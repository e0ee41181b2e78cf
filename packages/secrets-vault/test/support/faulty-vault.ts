import type { CreateSecretsManagerOptions, Environment, SecretsManager } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import { type CuttingProxy, startCuttingProxy } from "@archestra/test-servers/cutting-proxy";
import type { VaultOptions, VaultServer } from "@archestra/test-servers/vault-server";
import { vaultOfTest } from "@archestra/test-servers/vault-tests";
import { onTestFinished } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "./open-vault.ts";

/** A Vault, a proxy that breaks the way to it, and a manager that goes through the proxy. */
export interface FaultyVault {
  readonly server: VaultServer;
  readonly proxy: CuttingProxy;
  readonly manager: SecretsManager;
  /** What Vault itself holds, past the proxy. */
  readonly store: RawStore;
}

export interface FaultyVaultOptions extends Pick<CreateSecretsManagerOptions, "timeout" | "logger"> {
  /** @default 2 */
  readonly kv?: 1 | 2;
  readonly vault?: VaultOptions;
  /** How many versions the mount keeps. @default Vault's own number */
  readonly maxVersions?: number;
}

/** The token is a planted text, so that whatever shows it fails its test. */
export async function faultyVault(options: FaultyVaultOptions = {}): Promise<FaultyVault> {
  const { kv = 2, vault, maxVersions, ...more } = options;
  const server = await vaultOfTest({ rootToken: plantedText(), ...vault });
  await server.mountKv("secret", kv, maxVersions === undefined ? {} : { maxVersions });
  const proxy = await startCuttingProxy(server.port);
  onTestFinished(() => proxy.stop());
  const manager = await openVault(
    proxiedEnv(proxy, { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv), ...tokenEnv(server.rootToken) }),
    more,
  );
  return { server, proxy, manager, store: new RawStore(server, kv) };
}

/** A manager of another process, which reaches the server without the proxy. */
export function secondManager(server: VaultServer, kv: 1 | 2 = 2): Promise<SecretsManager> {
  const version = { ARCHESTRA_HASHICORP_VAULT_KV_VERSION: String(kv) };
  return openVault(vaultEnv(server.address, { ...version, ...tokenEnv(server.rootToken) }));
}

/** What an operator sets for a Vault behind the proxy. */
export function proxiedEnv(proxy: CuttingProxy, more: Environment): Environment {
  return vaultEnv(`http://127.0.0.1:${proxy.port}`, more);
}

/** What a deletion on KV 2 leaves that ended half-way: metadata without its value. */
export const HALF_DELETED = Symbol("half deleted");

/** Secrets under the default prefix as an operator with the root token sees and changes them. */
export class RawStore {
  readonly #server: VaultServer;
  readonly #kv: 1 | 2;

  constructor(server: VaultServer, kv: 1 | 2 = 2) {
    this.#server = server;
    this.#kv = kv;
  }

  /** The value. Undefined: there is none. `HALF_DELETED`: a deletion ended between the value and its metadata. */
  async value(name: string): Promise<unknown> {
    const { status, body, text } = await this.#server.request("GET", this.path(name));
    if (status === 404) return undefined;
    if (status === 500 && text.includes("could not find version data")) return HALF_DELETED;
    if (status !== 200) throw new Error(`Vault answered ${status}: ${text}`);
    return this.#kv === 1 ? body.data : body.data?.data;
  }

  /** The counter of versions. 0: there is no such key. */
  async counter(name: string): Promise<number> {
    const { status, body } = await this.#server.request("GET", this.entryPath(name));
    return status === 404 ? 0 : Number(body.data?.current_version);
  }

  /** Writes as another program, whatever is stored. */
  async put(name: string, value: object): Promise<void> {
    const { status, text } = await this.#server.request(
      "POST",
      this.path(name),
      this.#kv === 1 ? value : { data: value },
    );
    if (status !== 200 && status !== 204) throw new Error(`Vault answered ${status}: ${text}`);
  }

  /** Deletes the latest version softly, as the command line of Vault does. */
  async deleteSoftly(name: string): Promise<void> {
    await this.#server.request("DELETE", this.path(name));
  }

  /** Makes what an interrupted deletion leaves: metadata without its value. */
  async damage(name: string): Promise<void> {
    // KV 2 stores the value under the raw path and the metadata under the cleaned one.
    const alias = `secret/data/archestra%2F%2F${name}`;
    const { status, text } = await this.#server.request("POST", alias, { data: { of: "an alias" } });
    if (status !== 200) throw new Error(`Vault answered ${status}: ${text}`);
  }

  path(name: string): string {
    return this.#kv === 1 ? `secret/archestra/${name}` : `secret/data/archestra/${name}`;
  }

  entryPath(name: string): string {
    return this.#kv === 1 ? this.path(name) : `secret/metadata/archestra/${name}`;
  }
}

/** The request lines of changes, by which the proxy knows them. */
export const changeOf = {
  write: "POST /v1/secret/",
  delete: "DELETE /v1/secret/",
} as const;
