import type { Logger } from "@archestra/secrets-core/plugin";
import type { CallLimits } from "../http/call-limits.ts";
import type { Transport } from "../http/transport.ts";

/** From this on, the times in tokens, signatures and certificates matter. */
const SKEW_TO_WARN_OF = 60;

/** It only leads to a warning, so a start does not wait for it. */
const TIMEOUT = 1_000;

/** Reads the server's clock, without a token, and warns when it differs from this machine's. Ignores failures. */
export async function compareClocks(transport: Transport, limits: CallLimits, logger: Logger): Promise<void> {
  const answer = await transport
    .send(
      { method: "GET", path: "sys/health", namespace: "none" },
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
    `This machine's clock is ${Math.abs(seconds)} s ${direction} the clock of Vault. Logins that contain a time, such as those of Kubernetes and AWS, may be refused. Synchronize both by NTP.`,
  );
}

/** Reads the storage behind the server, such as `raft` or `file`, without a token. Undefined: unknown. */
export async function storageType(transport: Transport, limits: CallLimits): Promise<string | undefined> {
  const answer = await transport
    .send({ method: "GET", path: "sys/seal-status", namespace: "none" }, limits)
    .catch(() => undefined);
  const type = answer?.body?.storage_type;
  return typeof type === "string" ? type : undefined;
}
