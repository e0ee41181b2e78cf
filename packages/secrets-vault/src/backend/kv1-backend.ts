import {
  assertExactNumbers,
  type CallContext,
  type Capabilities,
  type DeleteExpectation,
  type Expectation,
  isSameValue,
  NameQueue,
  type SecretsBackend,
  SecretsError,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
  secretExists,
  secretNotFound,
} from "@archestra/secrets-core/plugin";
import type { ClientRequest } from "../client/vault-client.ts";
import type { CallLimits } from "../http/call-limits.ts";
import { VaultBackend } from "./vault-backend.ts";
import { isDamaged, outcomeUnknown, readBackLimits } from "./vault-requests.ts";

const capabilities: Capabilities = Object.freeze({ versions: false, conditionalWrites: false, list: true });
/** How often a put is sent whose answer was lost and which reading back does not show. */
const PUTS = 3;

/**
 * Secrets on KV version 1, which has neither versions nor conditions. A write reads first whether the secret exists. Within
 * the process, the writes of one name take turns; another process may write in between.
 */
export class Kv1Backend extends VaultBackend implements SecretsBackend {
  readonly capabilities = capabilities;
  readonly #writes = new NameQueue();

  override async get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    const value = await this.#read(name, context);
    return value === undefined ? undefined : { name, value };
  }

  /** From the leading node: the answer of a node that lags behind proves nothing. */
  async has(name: string, context: CallContext): Promise<boolean> {
    return (await this.#read(name, context, true)) !== undefined;
  }

  async write(
    name: string,
    value: SecretValue,
    { expect }: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    if (typeof expect === "object") throw withoutVersions();
    if (Object.keys(value).length === 0) throw withoutEntries();
    return this.#writes.run(name, async (turn) => {
      await turn;
      context.signal.throwIfAborted();
      if (expect !== "any") {
        const exists = await this.#exists(name, context);
        if (exists && expect === "absent") throw secretExists();
        if (!exists && expect === "present") throw secretNotFound();
      }
      await this.#put(name, value, expect, context);
      return { name };
    });
  }

  async delete(
    name: string,
    { expect }: { readonly expect: DeleteExpectation },
    context: CallContext,
  ): Promise<boolean> {
    if (typeof expect === "object") throw withoutVersions();
    return this.#writes.run(name, async (turn) => {
      await turn;
      context.signal.throwIfAborted();
      if (!(await this.#exists(name, context))) return false;
      const paths = await this.requests.pathsOf(name, context);
      const request: ClientRequest = {
        method: "DELETE",
        path: paths.value(name),
        subject: `deleting ${JSON.stringify(name)}`,
      };
      // Without versions nothing shows whether what is stored is still the same secret, so it is sent once.
      const error = await this.requests.writeOnce(request, context);
      if (error === undefined) return true;
      const stored = await this.#readBack(name, context);
      if (stored !== undefined && stored.value === undefined) return true;
      throw outcomeUnknown(error);
    });
  }

  async #exists(name: string, context: CallContext): Promise<boolean> {
    try {
      return await this.has(name, context);
    } catch (error) {
      if (isDamaged(error)) return true;
      throw error;
    }
  }

  async #read(name: string, limits: CallLimits, fromLeader = false): Promise<SecretValue | undefined> {
    const paths = this.requests.knownPathsOf(name) ?? (await this.requests.pathsOf(name, limits));
    const request: ClientRequest = {
      method: "GET",
      path: paths.value(name),
      fromLeader,
      subject: `reading ${JSON.stringify(name)}`,
    };
    const answer = await this.requests.read(request, limits);
    if (answer.status === 404) return undefined;
    const { data, requestId } = answer;
    // The fields of a secret have no shape: only the envelope distinguishes Vault's answer from another API's.
    const isFromVault = answer.status === 200 && requestId !== undefined;
    if (!isFromVault) throw this.requests.unexpected(request, answer);
    if (typeof data !== "object" || data === null || Array.isArray(data))
      throw this.requests.unreadable(request, answer);
    if (answer.text !== undefined) assertExactNumbers(answer.text);
    return data as SecretValue;
  }

  async #put(name: string, value: SecretValue, expect: Expectation, context: CallContext): Promise<void> {
    const paths = await this.requests.pathsOf(name, context);
    const request: ClientRequest = {
      method: "POST",
      path: paths.value(name),
      body: value,
      subject: `writing ${JSON.stringify(name)}`,
    };
    for (let put = 1; ; put++) {
      const error = await this.requests.writeOnce(request, context);
      if (error === undefined) return;
      // An equal value does not prove a creation, since another process may have created the secret.
      if (expect === "absent") throw outcomeUnknown(error);
      const stored = await this.#readBack(name, context);
      if (stored?.value !== undefined && isSameValue(value, stored.value)) return;
      // An update whose first attempt took effect would create a secret again that another process has deleted since.
      const wouldCreate = expect === "present" && stored !== undefined && stored.value === undefined;
      if (wouldCreate || put >= PUTS || context.signal.aborted) throw outcomeUnknown(error);
    }
  }

  /** Undefined: the secret could not be read. */
  #readBack(
    name: string,
    context: CallContext,
  ): Promise<{ readonly value: SecretValue | undefined } | undefined> {
    return this.#read(name, readBackLimits(context), true).then(
      (value) => ({ value }),
      () => undefined,
    );
  }
}

function withoutEntries(): SecretsError {
  return new SecretsError(
    "INVALID_ARGUMENT",
    "KV version 1 cannot store a value without entries. Add an entry, or use a mount of version 2.",
    { reason: "REFUSED_VALUE" },
  );
}

function withoutVersions(): SecretsError {
  return new SecretsError(
    "UNSUPPORTED",
    "KV version 1 has no versions, so a change cannot depend on one. Use a mount of version 2.",
  );
}
