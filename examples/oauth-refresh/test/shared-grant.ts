import { createSecretsManager, type SecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";
import { onTestFinished } from "vitest";
import type { ClientOptions, FailedCall } from "../src/client-events.ts";
import { RunningClient } from "../src/running-client.ts";
import { RunningServer } from "../src/running-server.ts";
import type { ServerOptions } from "../src/server-events.ts";
import { SECRET_NAME } from "../src/shared-tokens.ts";
import { type Tokens, tokensSchema } from "../src/tokens.ts";
import type { Variables } from "./stores.ts";

const WRITABLE_MILLISECONDS = 3_000;

/** Client processes that share a grant, of which single ones can be killed or suspended. They end with the test. */
export class SharedGrant {
  readonly server: RunningServer;
  readonly #options: ClientOptions;
  readonly #env: Variables;
  readonly #secrets: SecretsManager;
  readonly #all = new Set<RunningClient>();
  readonly #alive = new Set<RunningClient>();

  static async open(
    processes: number,
    options: Omit<ClientOptions, "issuer" | "way">,
    serverOptions: ServerOptions,
    env: Variables,
  ): Promise<SharedGrant> {
    const server = await RunningServer.start(serverOptions);
    onTestFinished(() => server.kill());
    const secrets = await createSecretsManager({
      plugins: [dbPlugin(), vaultPlugin(), tokenAuth()],
      env,
      timeout: 60_000,
    });
    onTestFinished(() => secrets.close({ timeout: 0 }));
    const grant = new SharedGrant(
      server,
      { ...options, issuer: server.issuer, way: "refresh" },
      env,
      secrets,
    );
    onTestFinished(() => Promise.all([...grant.#all].map((client) => client.kill())).then(() => undefined));
    await grant.login();
    while (grant.#alive.size < processes) await grant.addProcess();
    return grant;
  }

  private constructor(
    server: RunningServer,
    options: ClientOptions,
    env: Variables,
    secrets: SecretsManager,
  ) {
    this.server = server;
    this.#options = options;
    this.#env = env;
    this.#secrets = secrets;
  }

  /** Stores the tokens of a new grant. */
  async login(): Promise<Tokens> {
    const tokens = await this.server.login();
    await this.#secrets.set(SECRET_NAME, tokens);
    return tokens;
  }

  async stored(): Promise<Tokens> {
    const secret = await this.#secrets.get(SECRET_NAME, { schema: tokensSchema });
    if (secret === undefined) throw new Error("The secret is gone.");
    return secret.value;
  }

  /** Whether a write of another secret succeeds soon. */
  isWritable(): Promise<boolean> {
    const signal = AbortSignal.timeout(WRITABLE_MILLISECONDS);
    return this.#secrets.set("another", { any: "value" }, { signal }).then(
      () => true,
      () => false,
    );
  }

  /** Starts another process, which calls at once. */
  async addProcess(): Promise<void> {
    const client = await RunningClient.start(this.#options, this.#env);
    this.#all.add(client);
    this.#alive.add(client);
    client.begin();
  }

  /** Waits until the function `refresh` of a process starts. */
  nextHolder(): Promise<RunningClient> {
    const attempts = this.clients.map(async (client) => {
      await client.next("attempt", client.eventsOf("attempt").length);
      return client;
    });
    return Promise.race(attempts);
  }

  /** Those that have not been killed. */
  get clients(): readonly RunningClient[] {
    return [...this.#alive];
  }

  client(id: number): RunningClient {
    for (const client of this.#alive) if (client.id === id) return client;
    throw new Error(`The process ${id} is not a client.`);
  }

  /** When the function `refresh` of a process has started. */
  attemptsOf(id: number): readonly number[] {
    const client = [...this.#all].find((one) => one.id === id);
    return client?.eventsOf("attempt").map(({ at }) => at) ?? [];
  }

  async kill(client: RunningClient): Promise<void> {
    this.#alive.delete(client);
    await client.kill();
  }

  /** The calls that failed, in all processes. */
  get failures(): FailedCall[] {
    return [...this.#all].flatMap(({ failures }) => [...failures]);
  }
}
