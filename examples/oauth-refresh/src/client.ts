import { createSecretsManager, isSecretsError, unstoredValue } from "@archestra/secrets-core";
import { dbPlugin } from "@archestra/secrets-db";
import { vaultPlugin } from "@archestra/secrets-vault";
import { tokenAuth } from "@archestra/vault-auth-token";
import { Callers } from "./callers.ts";
import type { ClientEvent, ClientOptions } from "./client-events.ts";
import { fingerprint } from "./fingerprint.ts";
import { sharedTokens } from "./shared-tokens.ts";
import { TokenEndpoint } from "./token-endpoint.ts";
import { tokensSchema } from "./tokens.ts";

// A client in its own process, as one of several replicas. The parent process says when it starts and stops.
const options = JSON.parse(process.argv[2] ?? "{}") as ClientOptions;
await using secrets = await createSecretsManager({
  plugins: [dbPlugin(), vaultPlugin(), tokenAuth()],
  // The longest time that a caller waits for new tokens.
  timeout: 60_000,
});
const endpoint = await TokenEndpoint.discover(options.issuer);
const tokens = sharedTokens(secrets, endpoint, options, report);
const callers = new Callers(tokens, `${options.issuer}/resource`, options, reportFailure);

const stopped = new Promise<void>((resolve) => {
  process.on("message", (message) => {
    if (message === "start") callers.start();
    if (message === "stop") resolve();
  });
});
process.once("disconnect", () => process.exit());
report({ event: "ready" });
await stopped;
report({ event: "ended", ...(await callers.stop()) });

function reportFailure(error: unknown): void {
  const value = tokensSchema.safeParse(unstoredValue(error));
  report({
    event: "failed",
    ...(isSecretsError(error)
      ? { code: error.code, reason: error.reason }
      : { code: error instanceof Error ? error.message : "unknown" }),
    ...(value.success && { unstored: fingerprint(value.data.access_token) }),
  });
}

function report(event: ClientEvent): void {
  process.send?.(event);
}
