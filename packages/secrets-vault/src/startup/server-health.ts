import type { Logger } from "@archestra/secrets-core/plugin";
import type { AttemptLimits, Transport } from "../http/transport.ts";

/** Beyond this the times in tokens, signatures and certificates begin to matter. */
const SKEW_TO_WARN_OF = 60;

/** Only a warning comes of it: a start does not wait for what holds back this request alone. */
const TIMEOUT = 1_000;

/**
 * Looks at the server's clock, without a token. What its state is, sealed or standby, the requests that follow show.
 *
 * @returns whether the server answered
 */
export async function compareClocks(
  transport: Transport,
  limits: AttemptLimits,
  logger: Logger,
): Promise<void> {
  const answer = await transport
    .send(
      { method: "GET", path: "sys/health", outsideNamespace: true },
      { ...limits, signal: AbortSignal.any([limits.signal, AbortSignal.timeout(TIMEOUT)]) },
    )
    .catch(() => undefined);
  const serverTime = answer?.body?.server_time_utc;
  if (typeof serverTime !== "number") return;
  const seconds = Math.round(Date.now() / 1_000 - serverTime);
  if (Math.abs(seconds) < SKEW_TO_WARN_OF) return;
  const direction = seconds > 0 ? "ahead of" : "behind";
  logger.warn(
    { code: "ARCHESTRA_SECRETS_VAULT_CLOCK_SKEW", seconds },
    `This machine's clock is ${Math.abs(seconds)} s ${direction} the one of Vault. Logins that carry a time, such as those of Kubernetes and AWS, may be refused. Set both by NTP.`,
  );
}

/**
 * Asks which storage is behind the server, without a token.
 *
 * @returns such as `raft` or `file`; undefined when the server does not say
 */
export async function storageType(transport: Transport, limits: AttemptLimits): Promise<string | undefined> {
  const answer = await transport
    .send({ method: "GET", path: "sys/seal-status", outsideNamespace: true }, limits)
    .catch(() => undefined);
  const type = answer?.body?.storage_type;
  return typeof type === "string" ? type : undefined;
}
