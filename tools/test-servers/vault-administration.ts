import type { VaultAnswer, VaultBody, VaultClient, VaultRequestOptions } from "./vault-client.ts";

/** A token that was made. */
export interface MadeToken {
  readonly token: string;
  readonly accessor: string;
}

/** Durations are Vault's, such as `"2s"`; absence is Vault's default. */
export interface TokenOptions {
  readonly policies?: readonly string[];
  readonly ttl?: string;
  readonly period?: string;
  readonly explicitMaxTtl?: string;
  readonly numUses?: number;
  readonly renewable?: boolean;
  readonly noDefaultPolicy?: boolean;
  readonly type?: "service" | "batch";
}

export interface AppRoleOptions {
  /** @default "application" */
  readonly name?: string;
  /** @default "approle" */
  readonly mount?: string;
  readonly policies?: readonly string[];
  readonly tokenTtl?: string;
  readonly tokenMaxTtl?: string;
  readonly tokenPeriod?: string;
  readonly tokenNumUses?: number;
  readonly tokenType?: "service" | "batch";
  readonly tokenNoDefaultPolicy?: boolean;
  readonly secretIdNumUses?: number;
  readonly secretIdTtl?: string;
}

export interface AppRole {
  readonly roleId: string;
  readonly secretId: string;
}

/** How long a KV 2 mount may take to be ready. */
const UPGRADE_MILLISECONDS = 10_000;

/** What an operator does with a Vault. Each verb throws an Error with Vault's words when Vault refuses. */
export class VaultAdministration {
  protected readonly client: VaultClient;

  constructor(client: VaultClient) {
    this.client = client;
  }

  /** Sends one request, with the root token by default, and returns its answer, whatever its status. */
  request(method: string, path: string, body?: unknown, options?: VaultRequestOptions): Promise<VaultAnswer> {
    return this.client.request(method, path, body, options);
  }

  /** Like `request`, for what has to succeed. @throws Error with Vault's own words when it does not */
  demand(method: string, path: string, body?: unknown): Promise<VaultBody> {
    return this.client.demand(method, path, body);
  }

  /** Mounts a KV engine; one of version 2 is ready when this returns. */
  async mountKv(
    path: string,
    version: 1 | 2,
    options: { readonly maxVersions?: number; readonly casRequired?: boolean } = {},
  ): Promise<void> {
    await this.client.demand("POST", `sys/mounts/${path}`, {
      type: "kv",
      options: { version: String(version) },
    });
    if (version === 1) return;
    const config = `${path}/config`;
    const deadline = Date.now() + UPGRADE_MILLISECONDS;
    while ((await this.client.request("GET", config)).status !== 200 && Date.now() < deadline);
    await this.client.demand("POST", config, {
      max_versions: options.maxVersions ?? 0,
      cas_required: options.casRequired ?? false,
    });
  }

  async unmount(path: string): Promise<void> {
    await this.client.demand("DELETE", `sys/mounts/${path}`);
  }

  /** @param rules in HCL */
  async putPolicy(name: string, rules: string): Promise<void> {
    await this.client.demand("PUT", `sys/policies/acl/${name}`, { policy: rules });
  }

  async createToken(options: TokenOptions = {}): Promise<MadeToken> {
    const body = await this.client.demand("POST", "auth/token/create", {
      policies: options.policies,
      ttl: options.ttl,
      period: options.period,
      explicit_max_ttl: options.explicitMaxTtl,
      num_uses: options.numUses,
      renewable: options.renewable,
      no_default_policy: options.noDefaultPolicy,
      type: options.type,
    });
    return madeToken(body);
  }

  async revokeToken(token: string): Promise<void> {
    await this.client.demand("POST", "auth/token/revoke", { token });
  }

  async revokeAccessor(accessor: string): Promise<void> {
    await this.client.demand("POST", "auth/token/revoke-accessor", { accessor });
  }

  /** Whether a token is alive. */
  async isAlive(token: string): Promise<boolean> {
    return (await this.client.request("POST", "auth/token/lookup", { token })).status === 200;
  }

  /** The accessors of all service tokens that are alive, the root token's too. */
  async accessors(): Promise<string[]> {
    const { data } = await this.client.demand("LIST", "auth/token/accessors");
    return data?.keys as string[];
  }

  /** @param type such as "approle", "kubernetes", "aws" */
  async enableAuth(type: string, mount: string = type): Promise<void> {
    await this.client.demand("POST", `sys/auth/${mount}`, { type });
  }

  async enableAppRole(mount = "approle"): Promise<void> {
    await this.enableAuth("approle", mount);
  }

  /** Makes a role, or changes it, and a secret id for it. Its mount has to be enabled. */
  async createAppRole(options: AppRoleOptions = {}): Promise<AppRole> {
    const role = `auth/${options.mount ?? "approle"}/role/${options.name ?? "application"}`;
    await this.client.demand("POST", role, {
      token_policies: options.policies,
      token_ttl: options.tokenTtl,
      token_max_ttl: options.tokenMaxTtl,
      token_period: options.tokenPeriod,
      token_num_uses: options.tokenNumUses,
      token_type: options.tokenType,
      token_no_default_policy: options.tokenNoDefaultPolicy,
      secret_id_num_uses: options.secretIdNumUses,
      secret_id_ttl: options.secretIdTtl,
    });
    const roleId = (await this.client.demand("GET", `${role}/role-id`)).data?.role_id as string;
    const secretId = (await this.client.demand("POST", `${role}/secret-id`)).data?.secret_id as string;
    return { roleId, secretId };
  }

  async deleteAppRole(name = "application", mount = "approle"): Promise<void> {
    await this.client.demand("DELETE", `auth/${mount}/role/${name}`);
  }

  /** Logs in as an application does. */
  async loginAppRole({ roleId, secretId }: AppRole, mount = "approle"): Promise<MadeToken> {
    const credentials = { role_id: roleId, secret_id: secretId };
    return madeToken(await this.client.demand("POST", `auth/${mount}/login`, credentials, { token: null }));
  }

  /**
   * Limits how many requests a path gets.
   *
   * @param path such as "secret/"; "" is all of Vault, the administration included
   * @param rate requests an interval
   * @param options.interval @default "1s"
   */
  async setRateLimitQuota(
    path: string,
    rate: number,
    options: { readonly interval?: string } = {},
  ): Promise<void> {
    await this.client.demand("POST", "sys/quotas/rate-limit/test", {
      path,
      rate,
      interval: options.interval ?? "1s",
    });
  }

  async removeRateLimitQuota(): Promise<void> {
    await this.client.demand("DELETE", "sys/quotas/rate-limit/test");
  }

  /** From now on a 429 says in Retry-After when to come back. */
  async enableRateLimitHeaders(): Promise<void> {
    await this.client.demand("POST", "sys/quotas/config", { enable_rate_limit_response_headers: true });
  }
}

function madeToken({ auth }: VaultBody): MadeToken {
  return { token: auth?.client_token as string, accessor: auth?.accessor as string };
}
