import { once } from "node:events";
import { createSecretsManager } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";
import type { ClientOptions, FailedCall } from "./client-events.ts";
import { RunningClient } from "./running-client.ts";
import { RunningServer } from "./running-server.ts";
import type { TokenEvent } from "./server-events.ts";
import { SECRET_NAME } from "./shared-tokens.ts";

/** How a run is made. */
export interface RunOptions extends Omit<ClientOptions, "issuer"> {
  readonly processes: number;
  readonly accessTokenSeconds: number;
  readonly answerDelay: number;
  readonly milliseconds: number;
  /** Whether the run ends when its grant is revoked. */
  readonly endsWithGrant?: boolean;
  /** The variables of the secrets manager. */
  readonly env: NodeJS.ProcessEnv;
}

/** What happened in a run. */
export interface RunReport {
  readonly calls: number;
  readonly failures: readonly FailedCall[];
  /** The calls that were repeated, since their token expired on its way. */
  readonly late: number;
  /** As the server has counted: each refresh is the end of one access token. */
  readonly refreshes: readonly TokenEvent[];
  /** The answers `invalid_grant`. */
  readonly refusals: readonly TokenEvent[];
  readonly reusedTokens: number;
  readonly revokedGrants: number;
  readonly milliseconds: number;
}

/** Lets several processes share the tokens of one grant. */
export async function runClients(options: RunOptions): Promise<RunReport> {
  const { processes, milliseconds, accessTokenSeconds, answerDelay, env } = options;
  const server = await RunningServer.start({ accessTokenSeconds, answerDelay, rotates: true });
  const clients: RunningClient[] = [];
  try {
    while (clients.length < processes) {
      clients.push(await RunningClient.start({ ...options, issuer: server.issuer }, env));
    }
    await using secrets = await createSecretsManager({
      plugins: [dbPlugin(), vaultPlugin(), tokenAuth()],
      env,
    });
    await secrets.set(SECRET_NAME, await server.login());
    const startedAt = performance.now();
    for (const client of clients) client.begin();
    const over = once(AbortSignal.timeout(milliseconds), "abort");
    const revoked = server.until(() => server.revokedGrants > 0);
    // The server is ended below, before its grant may be revoked.
    revoked.catch(() => undefined);
    await (options.endsWithGrant ? Promise.race([over, revoked]) : over);
    const lasted = performance.now() - startedAt;
    const ended = await Promise.all(clients.map((client) => client.end()));
    const { refreshes, refusals, reusedTokens, revokedGrants } = server;
    return {
      calls: ended.reduce((sum, { calls }) => sum + calls, 0),
      late: ended.reduce((sum, { late }) => sum + late, 0),
      failures: clients.flatMap(({ failures }) => failures),
      refreshes,
      refusals,
      reusedTokens,
      revokedGrants,
      milliseconds: lasted,
    };
  } finally {
    await Promise.all([server, ...clients].map((program) => program.kill()));
  }
}
