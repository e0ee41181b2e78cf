import { type DiagnosisContext, type Finding, isSecretsError } from "@archestra/secrets-core/plugin";
import { limitsWithin } from "../http/call-limits.ts";
import { RequestFailure } from "../http/request-failure.ts";
import type { Transport } from "../http/transport.ts";

/** How long the server has for its first answer, which needs no token. */
const TIMEOUT = 3_000;
/** From this on, the times in tokens, signatures and certificates matter. */
const SKEW_TO_REPORT_SECONDS = 60;
const ADDRESS = { variable: "ARCHESTRA_HASHICORP_VAULT_ADDR" };

interface HealthOfServer {
  readonly initialized?: unknown;
  readonly sealed?: unknown;
  readonly standby?: unknown;
  readonly version?: unknown;
  readonly server_time_utc?: unknown;
  readonly replication_dr_mode?: unknown;
}

/**
 * Examines whether the server answers, is unsealed, and has the same time.
 *
 * @returns whether it serves requests with a token, and whether it is a standby. Undefined: it serves none
 */
export async function examineHealth(
  transport: Transport,
  context: DiagnosisContext,
): Promise<{ readonly isStandby: boolean } | undefined> {
  const limits = { ...limitsWithin(TIMEOUT, "The health of Vault", context.signal), failsFast: true };
  const request = { method: "GET", path: "sys/health", namespace: "none" } as const;
  let health: HealthOfServer | undefined;
  try {
    health = (await transport.send(request, limits)).body;
  } catch (error) {
    reportFailure(error instanceof RequestFailure ? error.publicError : error, context);
    return undefined;
  }
  if (typeof health?.sealed !== "boolean") {
    context.finding({
      code: "NOT_VAULT",
      severity: "broken",
      message: `The answer to the request for the health did not come from Vault. Check ARCHESTRA_HASHICORP_VAULT_ADDR, and every proxy in front of the server.`,
      remedy: ADDRESS,
    });
    return undefined;
  }
  reportFacts(health, context);
  const problem = problemOf(health, transport.address);
  if (problem !== undefined) context.finding(problem);
  reportSkew(health, context);
  return problem === undefined ? { isStandby: health.standby === true } : undefined;
}

/** The message of a failed handshake names the variable of the certificate. */
function reportFailure(error: unknown, { failure }: DiagnosisContext): void {
  const namesVariable = isSecretsError(error) && error.message.includes("ARCHESTRA_HASHICORP_VAULT_");
  failure(error, namesVariable ? {} : { remedy: ADDRESS });
}

function reportFacts(health: HealthOfServer, { fact }: DiagnosisContext): void {
  const version = typeof health.version === "string" ? health.version : "unknown";
  fact({ key: "version", label: "version", value: version, text: "" });
  const role = health.standby === true ? "standby" : "active";
  const state = health.initialized === false ? "not initialized" : health.sealed === true ? "sealed" : role;
  fact({ key: "state", label: "state", value: state, text: `${state}, version ${version}` });
}

/** Undefined: it serves. */
function problemOf(
  { initialized, sealed, replication_dr_mode: mode }: HealthOfServer,
  address: string,
): Finding | undefined {
  // Without it, the program takes the address from a variable of its own, or a server on this machine.
  const at = `-address=${address}`;
  if (initialized === false) {
    return broken(
      "NOT_INITIALIZED",
      "Vault is not initialized. Initialize it, or correct ARCHESTRA_HASHICORP_VAULT_ADDR.",
      { command: ["vault", "operator", "init", at], ...ADDRESS },
    );
  }
  if (sealed === true) {
    return broken(
      "SEALED",
      "Vault is sealed, so it serves nothing. Unseal it: repeat this until as many key shares are entered as it needs. Each node of a cluster is unsealed by itself. Calls then succeed without a restart.",
      { command: ["vault", "operator", "unseal", at] },
    );
  }
  if (mode !== "secondary") return undefined;
  return broken(
    "DR_SECONDARY",
    "The server is a secondary for disaster recovery, which serves no secrets. Set ARCHESTRA_HASHICORP_VAULT_ADDR to the primary.",
    ADDRESS,
  );
}

function broken(code: string, message: string, remedy: Finding["remedy"]): Finding {
  return { code, severity: "broken", message, remedy };
}

function reportSkew(
  { server_time_utc: serverTime }: HealthOfServer,
  { fact, finding }: DiagnosisContext,
): void {
  if (typeof serverTime !== "number") return;
  const seconds = Math.round(Date.now() / 1_000 - serverTime);
  fact({ key: "clockSkewSeconds", label: "clock skew", value: seconds, text: `${seconds} s` });
  if (Math.abs(seconds) < SKEW_TO_REPORT_SECONDS) return;
  const direction = seconds > 0 ? "ahead of" : "behind";
  finding({
    code: "CLOCK_SKEW",
    severity: "degraded",
    message: `This machine's clock is ${Math.abs(seconds)} s ${direction} the clock of Vault. Logins that contain a time, such as those of Kubernetes and AWS, may be refused. Synchronize both by NTP.`,
    remedy: {},
  });
}
