import { isSecretsError, SecretsError } from "@archestra/secrets-core/plugin";
import { classifyAnswer } from "../answers/classify-answer.ts";
import type { VaultAnswer } from "../answers/vault-answer.ts";
import { classifyLogin } from "./classify-login.ts";
import type { SendVaultRequest } from "./vault-auth-method.ts";
import { readLogin } from "./vault-login.ts";

/** How a credential is read from the content of a wrapping token. */
export interface WrappedCredentialOptions {
  /** The name of the method, for messages. */
  readonly method: string;
  /** The content, for messages, such as "a secret id". */
  readonly what: string;
  /** Reads the credential from the answer that was wrapped. Undefined: the answer does not have one. */
  readonly read: (answer: VaultAnswer) => string | undefined;
  /**
   * Whether the path whose answer was wrapped is the one that creates such a credential. A wrapping token of another path
   * may be an attacker's, put in place of the right one. @default every path is
   */
  readonly isExpectedPath?: (path: string) => boolean;
}

interface Opened {
  readonly text: string;
  readonly credential: Promise<string>;
}

/**
 * A credential that may arrive in a wrapping token, which Vault unwraps once. The content is kept in memory for the logins
 * that follow with the same text: a method keeps nothing else. A text that is not a wrapping token is the credential itself.
 */
export class WrappedCredential {
  readonly #options: WrappedCredentialOptions;
  #opened: Opened | undefined;
  /** The last text that proved to be a wrapping token. */
  #wrapping: string | undefined;

  constructor(options: WrappedCredentialOptions) {
    this.#options = options;
  }

  /**
   * Returns the credential of a text: the content when it is a wrapping token, otherwise the text itself. Vault looks each
   * text up once, which does not use up the token when it wraps nothing.
   *
   * @param isWrapped whether it is known to be a wrapping token. @default false
   * @throws UNAUTHENTICATED, reason WRAPPING_TOKEN_USED, for a wrapping token that is expired or was used before, and
   * reason WRAPPED_SOMETHING_ELSE for one with other content; UNAVAILABLE and RATE_LIMITED for transient failures
   */
  open(text: string, send: SendVaultRequest, isWrapped = false): Promise<string> {
    if (this.#opened?.text === text) return this.#opened.credential;
    const opened = { text, credential: this.#open(text, send, isWrapped) };
    this.#opened = opened;
    opened.credential.catch(() => {
      if (this.#opened === opened) this.#opened = undefined;
    });
    return opened.credential;
  }

  async #open(text: string, send: SendVaultRequest, isWrapped: boolean): Promise<string> {
    const { method, what, read, isExpectedPath = () => true } = this.#options;
    const found = await send({ path: "sys/wrapping/lookup", body: { token: text } });
    const path = creationPath(found);
    if (path === undefined) {
      if (found.status < 300) throw unexpected(found, method);
      if (!refusesToken(found)) throw classifyLogin(found, method);
      if (isWrapped || this.#wrapping === text) throw used();
      return text;
    }
    this.#wrapping = text;
    if (!isExpectedPath(path)) throw somethingElse(what);
    const answer = await send({ path: "sys/wrapping/unwrap", body: {}, token: text });
    if (answer.status === 400 || answer.status === 403) throw used();
    if (answer.status !== 200) throw classifyLogin(answer, method);
    const credential = read(answer);
    if (credential === undefined) throw somethingElse(what);
    return credential;
  }
}

/** Whether Vault itself refused a token: a redirect and a transient failure say nothing about it. */
function refusesToken(answer: VaultAnswer): boolean {
  const isRefusal = answer.status >= 400 && answer.status < 500;
  return isRefusal && classifyAnswer(answer)?.isTransient !== true;
}

function creationPath({ status, data }: VaultAnswer): string | undefined {
  const path = (data as { readonly creation_path?: unknown } | null | undefined)?.creation_path;
  return status === 200 && typeof path === "string" ? path : undefined;
}

/** A server in front of Vault answered, which may require a second factor. */
function unexpected(answer: VaultAnswer, method: string): SecretsError {
  try {
    readLogin(answer, method);
  } catch (error) {
    if (isSecretsError(error)) return error;
  }
  return new SecretsError(
    "UNAVAILABLE",
    "The answer to the lookup of a wrapping token did not come from Vault. Check ARCHESTRA_HASHICORP_VAULT_ADDR.",
    { reason: "UNEXPECTED_ANSWER" },
  );
}

function used(): SecretsError {
  return new SecretsError(
    "UNAUTHENTICATED",
    "The wrapping token is expired, or was unwrapped before: that works once. If no process of yours unwrapped it, revoke its content. Provide a new wrapping token.",
    { reason: "WRAPPING_TOKEN_USED" },
  );
}

function somethingElse(what: string): SecretsError {
  return new SecretsError(
    "UNAUTHENTICATED",
    `The wrapping token does not hold ${what}. Wrap the right answer, and find out the origin of this token.`,
    { reason: "WRAPPED_SOMETHING_ELSE" },
  );
}
