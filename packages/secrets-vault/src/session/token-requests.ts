import { SecretsError } from "@archestra/secrets-core/plugin";
import { answerError } from "../answers/answer-error.ts";
import { unexpectedAnswer } from "../answers/classified-answer.ts";
import { classifyAnswer } from "../answers/classify-answer.ts";
import type { VaultAnswer } from "../answers/vault-answer.ts";
import { classifyLogin } from "../auth/classify-login.ts";
import type { VaultLoginRequest } from "../auth/vault-auth-method.ts";
import type { VaultLogin } from "../auth/vault-login.ts";
import type { CallLimits } from "../http/call-limits.ts";
import { RequestFailure } from "../http/request-failure.ts";
import type { Transport, TransportRequest } from "../http/transport.ts";
import { encodePath, PathProblem } from "../paths/encode-path.ts";

/** The requests of the session: logins, and requests of a token about itself. */
export class TokenRequests {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** Sends a request of an authentication method. */
  async login(
    { method = "POST", path, body, token }: VaultLoginRequest,
    limits: CallLimits,
  ): Promise<VaultAnswer> {
    let encoded: string;
    try {
      encoded = encodePath(path);
    } catch (error) {
      if (!(error instanceof PathProblem)) throw error;
      throw new SecretsError("INVALID_ARGUMENT", `The path of a login request ${error.message}.`);
    }
    return this.#send({ method, path: encoded, body, token }, limits);
  }

  /**
   * Looks a token up.
   *
   * @returns its properties; undefined when its policies do not allow the lookup
   * @throws UNAUTHENTICATED when Vault does not know it
   */
  async lookUp(token: string, limits: CallLimits): Promise<Partial<VaultLogin> | undefined> {
    // A standby that lags behind does not know a new token yet, and still knows a revoked one.
    const request = { method: "GET", path: "auth/token/lookup-self", token, fromLeader: true } as const;
    const answer = await this.#send(request, limits);
    const classified = classifyAnswer(answer);
    if (classified === undefined) return readLookup(answer);
    // A token without the policy `default` cannot look itself up, and may have every other permission.
    if (classified.reason === "POLICY") return undefined;
    const isRefused = classified.reason === "INVALID_TOKEN" || classified.reason === "UNSPECIFIED_REFUSAL";
    if (isRefused) throw classifyLogin(answer, "token");
    throw answerError(answer, classified, { subject: "the lookup of the token" });
  }

  /**
   * Renews a token.
   *
   * @returns its new time to live in seconds and Vault's warnings; undefined when it cannot be renewed
   */
  async renew(
    token: string,
    limits: CallLimits,
  ): Promise<{ readonly ttl: number; readonly warnings: readonly string[] } | undefined> {
    const answer = await this.#send(
      { method: "POST", path: "auth/token/renew-self", token, body: {} },
      limits,
    );
    const classified = classifyAnswer(answer);
    if (classified !== undefined) {
      if (classified.code === "UNAUTHENTICATED" || classified.code === "PERMISSION_DENIED") return undefined;
      throw answerError(answer, classified, { subject: "the renewal of the token" });
    }
    const ttl = (answer.auth as { readonly lease_duration?: unknown } | undefined)?.lease_duration;
    if (typeof ttl === "number") return { ttl, warnings: answer.warnings };
    throw answerError(answer, unexpectedAnswer, { subject: "the renewal of the token" });
  }

  /** Revokes a token. An answer that refuses it is ignored: the token is revoked already, or its policies do not allow it. */
  async revoke(token: string, limits: CallLimits): Promise<void> {
    await this.#send({ method: "POST", path: "auth/token/revoke-self", token, body: {} }, limits);
  }

  /** Closes the connections. The next request opens new ones. */
  disconnect(): Promise<void> {
    return this.#transport.close();
  }

  async #send(request: TransportRequest, limits: CallLimits): Promise<VaultAnswer> {
    try {
      // A token belongs to the namespace of its login.
      return await this.#transport.send({ ...request, namespace: "login" }, limits);
    } catch (error) {
      throw error instanceof RequestFailure ? error.publicError : error;
    }
  }
}

function readLookup(answer: VaultAnswer): Partial<VaultLogin> {
  const data = answer.data as Readonly<Record<string, unknown>> | undefined;
  const { ttl, expire_time: end, renewable, type, num_uses: uses } = data ?? {};
  // Only null proves that it does not expire: such a token is never renewed.
  const isEndKnown = typeof end === "string" || (end === null && ttl === 0);
  if (typeof ttl !== "number" || !(ttl > 0 || isEndKnown)) {
    throw answerError(answer, unexpectedAnswer, { subject: "the lookup of the token" });
  }
  return {
    // Vault returns 0 for a token in its last second, too, and not only for one that does not expire.
    ttl: typeof end === "string" ? Math.max(1, ttl) : ttl,
    renewable: renewable === true,
    type: type === "batch" ? "batch" : "service",
    ...(typeof uses === "number" && uses > 0 ? { uses } : {}),
  };
}
