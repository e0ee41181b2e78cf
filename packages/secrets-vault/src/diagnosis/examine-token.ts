import { type DiagnosisContext, SecretsError } from "@archestra/secrets-core/plugin";
import type { VaultAuthMethod } from "../auth/vault-auth-method.ts";
import { VaultClient } from "../client/vault-client.ts";
import { limitsWithin } from "../http/call-limits.ts";
import type { Transport } from "../http/transport.ts";
import type { ConfiguredPlace } from "../mount/configured-place.ts";
import type { Lease } from "../session/lease.ts";
import { Session } from "../session/session.ts";
import { TokenRequests } from "../session/token-requests.ts";
import { examinePermissions } from "./examine-permissions.ts";

/** The time for the login, of all the time that the examination has. */
const LOGIN_TIMEOUT = 5_000;
/** A given token that is not renewed and expires sooner is reported. */
const SECONDS_TO_REPORT = 7 * 24 * 60 * 60;
/** The examination needs some requests of the token itself. */
const LEAST_USES = 20;
const DAY = 24 * 60 * 60;

/** Examines the login and the token, and with it the mount and the permissions. A token of the login is revoked. */
export async function examineToken(
  method: VaultAuthMethod,
  transport: Transport,
  configured: ConfiguredPlace,
  context: DiagnosisContext,
): Promise<void> {
  let isWrapped = false;
  const session = new Session(
    {
      login: (send, given) =>
        method.login((request) => {
          // It can be unwrapped once, which is left to the application.
          isWrapped ||= request.path === "sys/wrapping/unwrap";
          return isWrapped ? Promise.reject(leftWrapped()) : send(request);
        }, given),
    },
    new TokenRequests(transport),
    context.logger,
  );
  try {
    const limits = { ...limitsWithin(LOGIN_TIMEOUT, "The login", context.signal), failsFast: true };
    const lease = await session.wait(limits, performance.now());
    lease.giveBack();
    reportToken(lease, context);
    if (lease.usesLeft < LEAST_USES) return;
    await examinePermissions(new VaultClient(transport, session), configured, context);
  } catch (error) {
    if (isWrapped) reportWrapped(context);
    else reportFailure(error, context);
  } finally {
    await session.close();
  }
}

function leftWrapped(): SecretsError {
  return new SecretsError(
    "UNAUTHENTICATED",
    "The credential is in a wrapping token, which is not used up here.",
  );
}

function reportWrapped({ fact }: DiagnosisContext): void {
  fact({
    key: "token",
    label: "token",
    value: { wrapped: true },
    text: "wrapped; not examined, since it can be unwrapped once",
  });
}

function reportFailure(error: unknown, { failure }: DiagnosisContext): void {
  const isRefused = (error as { readonly reason?: unknown } | null)?.reason === "TOKEN_REFUSED";
  failure(error, isRefused ? { remedy: { variable: "ARCHESTRA_HASHICORP_VAULT_TOKEN" } } : {});
}

function reportToken(lease: Lease, { fact, finding }: DiagnosisContext): void {
  const seconds = Math.round(lease.timeLeft / 1_000);
  const isEndless = !Number.isFinite(seconds);
  const uses = Number.isFinite(lease.usesLeft) ? lease.usesLeft : undefined;
  const left = isEndless ? "does not expire" : `${describeSeconds(seconds)} left`;
  const renewal = isEndless ? "" : lease.renewable ? ", renewable" : ", not renewable";
  const origin = lease.issued ? "by login" : "given";
  fact({
    key: "token",
    label: "token",
    value: {
      issued: lease.issued,
      secondsLeft: isEndless ? null : seconds,
      renewable: lease.renewable,
      usesLeft: uses ?? null,
    },
    text: `${origin}, ${left}${renewal}${uses === undefined ? "" : `, ${uses} uses left`}`,
  });
  if (uses !== undefined && uses < LEAST_USES) {
    finding({
      code: "TOKEN_USES_LEFT",
      severity: "degraded",
      message: `The Vault token can be used ${uses} times more, so its permissions are not examined. Provide a token without a limit, or choose a method that logs in.`,
      remedy: { variable: "ARCHESTRA_HASHICORP_VAULT_TOKEN" },
    });
  }
  if (isEndless || lease.issued || lease.renewable || seconds >= SECONDS_TO_REPORT) return;
  finding({
    code: "TOKEN_EXPIRES",
    severity: "degraded",
    message: `The given Vault token expires in ${describeSeconds(seconds)} and cannot be renewed. Provide another one before then, or choose a method that logs in.`,
    remedy: { variable: "ARCHESTRA_HASHICORP_VAULT_TOKEN" },
  });
}

function describeSeconds(seconds: number): string {
  if (seconds >= 2 * DAY) return `${Math.floor(seconds / DAY)} days`;
  if (seconds >= 7_200) return `${Math.floor(seconds / 3_600)} h`;
  return seconds >= 120 ? `${Math.floor(seconds / 60)} min` : `${seconds} s`;
}
