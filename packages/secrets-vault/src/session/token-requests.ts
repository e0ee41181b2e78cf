import { SecretsError } from "@archestra/secrets-core/plugin";
import { classifyLogin } from "../auth/classify-login.ts";
import type { VaultAnswer } from "../auth/vault-answer.ts";
import type { VaultLoginRequest } from "../auth/vault-auth-method.ts";
import type { VaultLogin } from "../auth/vault-login.ts";
import { answerError } from "../client/answer-error.ts";
import { classifyAnswer, unexpectedAnswer } from "../client/classify-answer.ts";
import { RequestFailure } from "../http/request-failure.ts";
import type { AttemptLimits, Transport, TransportRequest } from "../http/transport.ts";
import { encodePath, PathProblem } from "../paths/encode-path.ts";

/** What a token may be asked about itself: `lookup` fills in what is not known of one that was handed to us. */
export class TokenRequests {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    this.#transport = transport;
  }

  /** A request of an authentication method. */
  async login(
    { method = "POST", path, body, token }: VaultLoginRequest,
    limits: AttemptLimits,
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
   * @returns what is known of it; undefined when its policies do not let it look at itself
   * @throws UNAUTHENTICATED when Vault does not know it
   */
  async lookUp(token: string, limits: AttemptLimits): Promise<Partial<VaultLogin> | undefined> {
    // A standby that lags behind does not know a young token yet, and still knows a revoked one.
    const request = { method: "GET", path: "auth/token/lookup-self", token, fromLeader: true } as const;
    const answer = await this.#send(request, limits);
    const classified = classifyAnswer(answer);
    if (classified === undefined) return readLookup(answer);
    // A token without the policy `default` may not look at itself and may be good for all that matters.
    if (classified.reason === "POLICY") return undefined;
    const isRefused = classified.reason === "INVALID_TOKEN" || classified.reason === "UNSPECIFIED_REFUSAL";
    if (isRefused) throw classifyLogin(answer, "token");
    throw answerError(answer, classified, { subject: "the lookup of the token" });
  }

  /**
   * Prolongs a token.
   *
   * @returns its new time in seconds and Vault's warnings; undefined when it will never be prolonged again
   */
  async renew(
    token: string,
    limits: AttemptLimits,
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
    throw answerError(answer, unexpectedAnswer(), { subject: "the renewal of the token" });
  }

  /** Revokes a token. That its policies do not allow it, or that it is dead already, is as good. */
  async revoke(token: string, limits: AttemptLimits): Promise<void> {
    await this.#send({ method: "POST", path: "auth/token/revoke-self", token, body: {} }, limits);
  }

  /** Closes the connections, which a request opens again. */
  disconnect(): Promise<void> {
    return this.#transport.close();
  }

  async #send(request: TransportRequest, limits: AttemptLimits): Promise<VaultAnswer> {
    try {
      // A token belongs to the namespace of its login.
      return await this.#transport.send({ ...request, inAuthNamespace: true }, limits);
    } catch (error) {
      throw error instanceof RequestFailure ? error.told : error;
    }
  }
}

function readLookup(answer: VaultAnswer): Partial<VaultLogin> {
  const data = answer.data as Readonly<Record<string, unknown>> | undefined;
  const { ttl, expire_time: end, renewable, type, num_uses: uses } = data ?? {};
  // Only null says that there is no end: a token that is taken for one without is never renewed.
  const isEndKnown = typeof end === "string" || (end === null && ttl === 0);
  if (typeof ttl !== "number" || !(ttl > 0 || isEndKnown)) {
    throw answerError(answer, unexpectedAnswer(), { subject: "the lookup of the token" });
  }
  return {
    // Of a token in its last second Vault says 0 as well, which means for ever where there is no end.
    ttl: typeof end === "string" ? Math.max(1, ttl) : ttl,
    renewable: renewable === true,
    type: type === "batch" ? "batch" : "service",
    ...(typeof uses === "number" && uses > 0 ? { uses } : {}),
  };
}
