import type { VaultAnswer } from "../auth/vault-answer.ts";
import type { ClassifiedAnswer } from "./classify-answer.ts";
import { neededCapabilities } from "./needed-capabilities.ts";
import type { CallLimits, ClientRequest } from "./vault-client.ts";

/** Sends one request of a token about itself. Undefined: it got no answer of Vault. */
export type AskAboutToken = (request: ClientRequest, limits: CallLimits) => Promise<VaultAnswer | undefined>;

/** How long an explanation holds: callers that meet one refusal again and again do not ask each time. */
const EXPLANATION_AGE = 30_000;
const MOST_EXPLANATIONS = 100;

/**
 * Finds out why Vault refuses what it says the policies of the token do not permit: it says the same when they allow it
 * under a condition that the request does not meet, and when the token belongs to another namespace.
 */
export class PolicyRefusals {
  readonly #ask: AskAboutToken;
  readonly #namespace: string | undefined;
  readonly #explained = new Map<string, { readonly refusal: ClassifiedAnswer; readonly until: number }>();

  constructor(ask: AskAboutToken, namespace: string | undefined) {
    this.#ask = ask;
    this.#namespace = namespace;
  }

  /** Gives the refusal with what is known of its cause. Never throws. */
  async explain(
    request: ClientRequest,
    refusal: ClassifiedAnswer,
    limits: CallLimits,
  ): Promise<ClassifiedAnswer> {
    if (refusal.reason !== "POLICY" || limits.isBrief || /^(sys|auth)\//.test(request.path)) return refusal;
    const key = `${request.method} ${request.path}`;
    const known = this.#explained.get(key);
    if (known !== undefined && performance.now() < known.until) return known.refusal;
    const explained = await this.#findCause(request, refusal, limits).catch(() => undefined);
    if (explained === undefined) return refusal;
    if (this.#explained.size >= MOST_EXPLANATIONS) this.#explained.clear();
    this.#explained.set(key, { refusal: explained, until: performance.now() + EXPLANATION_AGE });
    return explained;
  }

  async #findCause(
    { method, path: requestPath }: ClientRequest,
    refusal: ClassifiedAnswer,
    limits: CallLimits,
  ): Promise<ClassifiedAnswer> {
    const { path, capabilities } = neededCapabilities(method, requestPath);
    const answer = await this.#ask(
      {
        method: "POST",
        path: "sys/capabilities-self",
        body: { paths: [path] },
        subject: "the question what the token may do",
      },
      limits,
    );
    const granted = (answer?.data as Readonly<Record<string, unknown>> | undefined)?.[path];
    if (answer?.status === 200 && Array.isArray(granted)) {
      const isGranted = capabilities.every((capability) => granted.includes(capability));
      if (isGranted || granted.includes("root"))
        return { ...refusal, reason: "POLICY_CONDITION", words: CONDITION };
    }
    const namespace = await this.#otherNamespace(limits);
    if (namespace === undefined) return refusal;
    const words = `the token belongs to the namespace ${JSON.stringify(namespace)}, whose policies allow nothing here. Set ARCHESTRA_HASHICORP_VAULT_NAMESPACE to it, or use a token of this namespace`;
    return { ...refusal, reason: "OTHER_NAMESPACE", words };
  }

  /** The namespace of the token, when it is neither the one of the settings nor one above it. Only OpenBao tells. */
  async #otherNamespace(limits: CallLimits): Promise<string | undefined> {
    const request = {
      method: "GET",
      path: "auth/token/lookup-self",
      subject: "the lookup of the token",
    } as const;
    const answer = await this.#ask(request, limits);
    const path = (answer?.data as { readonly namespace_path?: unknown } | undefined)?.namespace_path;
    if (typeof path !== "string" || path === "") return undefined;
    const configured = this.#namespace === undefined ? "" : `${this.#namespace}/`;
    return configured.startsWith(path) ? undefined : path.replace(/\/$/, "");
  }
}

const CONDITION =
  "the policies of the token allow this path, and the request does not meet one of their conditions. Look there for `allowed_parameters`, `denied_parameters` and `required_parameters`, which must admit the fields of the request (on KV version 2 `data` and `options`), for `min_wrapping_ttl`, since responses are not wrapped, and for control groups and Sentinel policies";
