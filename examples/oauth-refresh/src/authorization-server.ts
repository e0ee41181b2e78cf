import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type JWK, type KoaContextWithOIDC, Provider } from "oidc-provider";
import { fingerprint } from "./fingerprint.ts";
import { MemoryAdapter } from "./memory-adapter.ts";
import type { ServerEvent, ServerOptions } from "./server-events.ts";
import type { TokenResponse } from "./tokens.ts";

// The authorization server and the protected resource, in a process of their own. The parent process receives every event.
const options = JSON.parse(process.argv[2] ?? "{}") as ServerOptions;
const CLIENT_ID = "mcp-client";
const SCOPE = "offline_access";
/** Longer than any client keeps an idle connection, so that the server does not close it while a request is on its way. */
const KEEP_ALIVE_MILLISECONDS = 120_000;

const server = createServer({ keepAliveTimeout: KEEP_ALIVE_MILLISECONDS });
const port = await new Promise<number>((resolve) => {
  server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
});
const issuer = `http://127.0.0.1:${port}`;

/** Resolved by the parent's message `release`. */
let release: (() => void) | undefined;
let isHeld = false;
process.on("message", (message) => {
  if (message === "hold") isHeld = true;
  else release?.();
});
process.once("disconnect", () => process.exit());

const provider = createProvider();
server.on("request", provider.callback());
report({ event: "listening", issuer });

function createProvider(): Provider {
  // #region provider
  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: CLIENT_ID,
        application_type: "native",
        token_endpoint_auth_method: "none",
        grant_types: ["authorization_code", "refresh_token"],
        redirect_uris: ["http://127.0.0.1/callback"],
      },
    ],
    findAccount: (_context, accountId) => ({ accountId, claims: () => ({ sub: accountId }) }),
    // With rotation, oidc-provider revokes the whole grant when a refresh token is used twice.
    rotateRefreshToken: options.rotates,
    adapter: MemoryAdapter,
    jwks: { keys: [signingKey()] },
    features: { devInteractions: { enabled: false } },
    ttl: { AccessToken: options.accessTokenSeconds, RefreshToken: 86_400, Grant: 86_400 },
  });
  // #endregion provider
  provider.use(async (context, next) => {
    if (context.path === "/resource") await serveResource(provider, context as KoaContextWithOIDC);
    else if (context.path === "/login") context.body = await login(provider);
    else await next();
    if (context.path === "/token") await answerToken(context as KoaContextWithOIDC);
  });
  provider.on("grant.success", (context) => reportToken("refreshed", context));
  provider.on("grant.error", (context) => reportToken("refused", context));
  provider.on("grant.revoked", () => report({ event: "revoked" }));
  return provider;
}

/** The provider needs one, although the example has no ID tokens. */
function signingKey(): JWK {
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2_048 });
  return privateKey.export({ format: "jwk" }) as JWK;
}

/** Creates the grant with which the login of a user ends. It uses the models of the provider instead of a browser. */
async function login(provider: Provider): Promise<object> {
  const client = await provider.Client.find(CLIENT_ID);
  if (client === undefined) throw new Error("The client is not registered.");
  const accountId = "user";
  const grant = new provider.Grant({ accountId, clientId: CLIENT_ID });
  grant.addOIDCScope(SCOPE);
  const grantId = await grant.save();
  const common = { accountId, client, grantId, scope: SCOPE, gty: "authorization_code" };
  const refreshToken = await new provider.RefreshToken(common).save();
  const accessToken = await new provider.AccessToken(common).save();
  return {
    access_token: accessToken,
    refresh_token: refreshToken,
    expires_in: options.accessTokenSeconds,
    token_type: "Bearer",
  };
}

/** Stands for an MCP server: each call needs an access token that has neither expired nor been revoked. */
async function serveResource(provider: Provider, context: KoaContextWithOIDC): Promise<void> {
  const [, token] = /^Bearer (.+)$/.exec(context.get("authorization")) ?? [];
  // The provider compares whole seconds, in which a token of 2 s lives 1 to 2 s. Its store forgets the token after exactly 2 s.
  const found = token && (await provider.AccessToken.find(token, { ignoreExpiration: true }));
  context.status = found ? 200 : 401;
  context.body = found ? { result: "ok" } : { error: "invalid_token" };
}

/** Answers as late as a server on another continent, or when the parent process says so. */
async function answerToken(context: KoaContextWithOIDC): Promise<void> {
  await sleep(options.answerDelay);
  if (!isHeld) return;
  isHeld = false;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  reportToken("held", context);
  await released;
}

function reportToken(event: "refreshed" | "refused" | "held", context: KoaContextWithOIDC): void {
  const { refresh_token: next, access_token: access } = (context.body ?? {}) as Partial<TokenResponse>;
  report({
    event,
    process: Number(context.get("x-process")),
    token: fingerprint(String(context.oidc.params?.refresh_token)),
    next: next && fingerprint(next),
    access: access && fingerprint(access),
    at: Date.now(),
  });
}

function report(event: ServerEvent): void {
  process.send?.(event);
}
