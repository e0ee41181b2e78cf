import {
  type CreateSecretsManagerOptions,
  createSecretsManager,
  type Environment,
  type SecretsManager,
} from "@archestra/secrets-core";
import type { SendVaultRequest, VaultAuthMethod, VaultLogin } from "@archestra/secrets-vault/auth";
import { RecordedWarnings } from "../backend/recorded-warnings.ts";
import { fail } from "../expectation/expectation.ts";
import { HarnessGap } from "../runner/case-ending.ts";
import { openMethod, recordLogins } from "./opened-method.ts";
import type { KnownToken, VaultAuthSetup } from "./vault-auth-harness.ts";
import { revokeToken, sendTo } from "./vault-requests.ts";

/** The timeout of a login of a case, in milliseconds. */
const LOGIN_TIMEOUT = 20_000;

/** A manager that logs in by the method under test, and the logins so far. */
export interface LoggedIn {
  readonly manager: SecretsManager;
  readonly logins: readonly VaultLogin[];
}

/** The fixture of a case of the suite of authentication methods: one credential on one Vault. */
export class VaultAuthFixture {
  readonly setup: VaultAuthSetup;
  readonly #warnings = new RecordedWarnings();
  readonly #managers: SecretsManager[] = [];
  readonly #ends: (() => Promise<void>)[] = [];

  constructor(setup: VaultAuthSetup) {
    this.setup = setup;
  }

  /** The warnings of the managers so far. */
  get warnings(): RecordedWarnings["warnings"] {
    return this.#warnings.warnings;
  }

  /** The texts that must not appear in any output at this moment. */
  get secrets(): readonly string[] {
    const { plugins, env, secrets } = this.setup;
    const values = Object.values(plugins[0].settings).flatMap((declaration) => {
      const isSecret = declaration.type === "variable" && declaration.secret === true;
      const value = isSecret ? env[declaration.name] : undefined;
      return value === undefined ? [] : [value];
    });
    return [...values, ...(secrets?.() ?? [])];
  }

  /** The method, as its plugin makes it. @param env variables that differ */
  openMethod(env: Environment = {}): Promise<VaultAuthMethod> {
    return openMethod(this.setup.plugins, { ...this.setup.env, ...env });
  }

  /** Logs in once, at Vault unless the case sends the requests elsewhere. */
  logIn(method: VaultAuthMethod, send?: SendVaultRequest): Promise<VaultLogin> {
    const signal = AbortSignal.timeout(LOGIN_TIMEOUT);
    return method.login(send ?? this.sender(signal), { signal });
  }

  /** What sends the requests of a login to Vault. */
  sender(signal: AbortSignal): SendVaultRequest {
    return sendTo(this.setup.address, this.setup.namespace, signal);
  }

  /** What Vault knows of the token of a login. Fails when it does not know it. */
  async expectAlive({ token }: VaultLogin, what: string): Promise<KnownToken> {
    return (await this.setup.lookUp(token)) ?? fail(`${what} to be a token that Vault knows`, "it is not");
  }

  /** Opens a manager that logs in by the method. */
  async open(
    env: Environment = {},
    options: Pick<CreateSecretsManagerOptions, "timeout"> = {},
  ): Promise<LoggedIn> {
    const { manager: root, plugins } = this.setup;
    const { plugin, logins } = recordLogins(plugins[0]);
    const manager = await createSecretsManager({
      plugins: [root, plugin, ...plugins.slice(1)],
      manager: root.id,
      env: { ...this.setup.env, ...env },
      logger: this.#warnings,
      ...options,
    });
    this.#managers.push(manager);
    return { manager, logins };
  }

  /** Puts another credential in the place of the one in use. A gap when the harness cannot. */
  async rotate(): Promise<void> {
    if (this.setup.rotate === undefined) throw new HarnessGap("the harness has no `rotate`");
    await this.setup.rotate();
  }

  /** Lets the credential stop working. A gap when the harness cannot. */
  async revoke(): Promise<void> {
    if (this.setup.revoke === undefined) throw new HarnessGap("the harness has no `revoke`");
    await this.setup.revoke();
  }

  /**
   * Lets the source of the credential never answer. A gap when the harness cannot.
   *
   * @returns what ends that
   */
  async silence(): Promise<() => Promise<void>> {
    if (this.setup.silence === undefined) throw new HarnessGap("the harness has no `silence`");
    let end: (() => void | Promise<void>) | undefined = await this.setup.silence();
    const endOnce = async () => {
      const current = end;
      end = undefined;
      await current?.();
    };
    this.#ends.push(endOnce);
    return endOnce;
  }

  /** Ends the token that a manager uses, so that its next call logs in. */
  async endLast(logins: readonly VaultLogin[]): Promise<void> {
    const last = logins.at(-1) ?? fail("the manager to have logged in", "it has not");
    await this.endToken(last);
  }

  /** Ends the token of a login by its own request. A gap when its policies do not let it. */
  async endToken({ token }: VaultLogin): Promise<void> {
    if (await revokeToken(this.setup.address, this.setup.namespace, token)) return;
    throw new HarnessGap("the harness makes tokens that may not revoke themselves");
  }

  /** Closes every manager and what the harness has opened. */
  async end(): Promise<void> {
    for (const end of this.#ends) await end();
    const closed = await Promise.allSettled(this.#managers.map((manager) => manager.close()));
    await this.setup.close?.();
    const failed = closed.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}
