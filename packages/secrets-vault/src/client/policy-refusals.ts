import type { ClassifiedAnswer } from "../answers/classified-answer.ts";
import type { VaultAnswer } from "../answers/vault-answer.ts";
import type { CallLimits } from "../http/call-limits.ts";
import { capabilitiesRequest, requiredCapabilities } from "./required-capabilities.ts";
import type { ClientRequest } from "./vault-client.ts";

/** Sends one request of a token about itself. Undefined: Vault did not answer. */
type SendAboutToken = (request: ClientRequest, limits: CallLimits) => Promise<VaultAnswer | undefined>;

/** How long an explanation is kept: calls that are refused again and again do not send requests each time. */
const EXPLANATION_AGE = 30_000;
const MOST_EXPLANATIONS = 100;

/**
 * Finds out why Vault refuses a request with the answer that the policies of the token do not permit it. Vault answers the
 * same when they permit it under a condition that the request does not meet, and when the token belongs to another namespace.
 */
export class PolicyRefusals {
  readonly #send: SendAboutToken;
  readonly #namespace: string | undefined;
  readonly #explained = new Map<string, { readonly refusal: ClassifiedAnswer; readonly until: number }>();

  constructor(send: SendAboutToken, namespace: string | undefined) {
    this.#send = send;
    this.#namespace = namespace;
  }

  /** Adds the cause to a refusal, where it can be found out. Never throws. */
  async explain(
    request: ClientRequest,
    refusal: ClassifiedAnswer,
    limits: CallLimits,
  ): Promise<ClassifiedAnswer> {
    if (refusal.reason !== "POLICY" || limits.failsFast || /^(sys|auth)\//.test(request.path)) return refusal;
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
    const { path, capabilities } = requiredCapabilities(method, requestPath);
    const answer = await this.#send(capabilitiesRequest([path]), limits);
    const granted = (answer?.data as Readonly<Record<string, unknown>> | undefined)?.[path];
    if (answer?.status === 200 && Array.isArray(granted)) {
      const isGranted = capabilities.every((capability) => granted.includes(capability));
      if (isGranted || granted.includes("root"))
        return { ...refusal, reason: "POLICY_CONDITION", message: UNMET_CONDITION };
    }
    const namespace = await this.#otherNamespace(limits);
    if (namespace === undefined) return refusal;
    const message = `the token belongs to the namespace ${JSON.stringify(namespace)}, whose policies allow nothing here. Set ARCHESTRA_HASHICORP_VAULT_NAMESPACE to it, or use a token of this namespace`;
    return { ...refusal, reason: "OTHER_NAMESPACE", message };
  }

  /** The namespace of the token, when it is neither the configured one nor one above it. Only OpenBao returns it. */
  async #otherNamespace(limits: CallLimits): Promise<string | undefined> {
    const path = "auth/token/lookup-self";
    const answer = await this.#send({ method: "GET", path, subject: "the lookup of the token" }, limits);
    const namespace = (answer?.data as { readonly namespace_path?: unknown } | undefined)?.namespace_path;
    if (typeof namespace !== "string" || namespace === "") return undefined;
    const configured = this.#namespace === undefined ? "" : `${this.#namespace}/`;
    return configured.startsWith(namespace) ? undefined : namespace.replace(/\/$/, "");
  }
}

const UNMET_CONDITION =
  "the policies of the token allow this path, but the request does not meet one of their conditions. Check their `allowed_parameters`, `denied_parameters` and `required_parameters`, which must admit the fields of the request (on KV version 2 `data` and `options`), `min_wrapping_ttl`, since responses are not wrapped, and control groups and Sentinel policies";
