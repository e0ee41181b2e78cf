import {
  type CallContext,
  type Capabilities,
  type Expectation,
  isSameValue,
  type ListRange,
  SecretsError,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
  secretExists,
  secretNotFound,
} from "@archestra/secrets-core/plugin";
import type { CallLimits, ClientRequest } from "../client/vault-client.ts";
import { NameLocks } from "./name-locks.ts";
import { outcomeUnknown, reserveOf } from "./outcome-unknown.ts";
import { isDamaged, type VaultCalls } from "./vault-calls.ts";
import type { VaultStore } from "./vault-store.ts";

const capabilities: Capabilities = Object.freeze({ versions: false, conditionalWrites: false, list: true });
/** A put whose answer was lost is repeated so often, when reading back does not show it. */
const PUTS = 3;

/**
 * Secrets on KV version 1, which has neither versions nor conditions. Whether there is a secret is looked up before it is
 * written, one change of a name at a time in this process; another process may come in between.
 */
export class Kv1Store implements VaultStore {
  readonly capabilities = capabilities;
  readonly #calls: VaultCalls;
  readonly #locks = new NameLocks();

  constructor(calls: VaultCalls) {
    this.#calls = calls;
  }

  async get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    const value = await this.#read(name, context);
    return value === undefined ? undefined : { name, value };
  }

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
    return this.#locks.run(name, context.signal, async () => {
      if (expect !== "any") {
        const isThere = await this.#isThere(name, context);
        if (isThere && expect === "absent") throw secretExists();
        if (!isThere && expect === "present") throw secretNotFound();
      }
      await this.#put(name, value, expect, context);
      return { name };
    });
  }

  async delete(
    name: string,
    { expect }: { readonly expect: Extract<Expectation, "any" | object> },
    context: CallContext,
  ): Promise<boolean> {
    if (typeof expect === "object") throw withoutVersions();
    return this.#locks.run(name, context.signal, async () => {
      const paths = await this.#calls.paths(context);
      if (!(await this.#isThere(name, context))) return false;
      const request: ClientRequest = {
        method: "DELETE",
        path: paths.value(name),
        subject: `deleting ${JSON.stringify(name)}`,
      };
      // Without versions nothing shows whether what is there is still the same secret: it is not sent again.
      const told = await this.#calls.change(request, context);
      if (told === undefined) return true;
      const isGone = await this.#read(name, reserveOf(context.deadline), true).then(
        (value) => value === undefined,
        () => false,
      );
      if (isGone) return true;
      throw outcomeUnknown(told);
    });
  }

  async *describe(
    names: AsyncIterable<string>,
    { limit }: ListRange,
    { signal }: CallContext,
  ): AsyncGenerator<StoredInfo> {
    let left = limit ?? Number.POSITIVE_INFINITY;
    for await (const name of names) {
      signal.throwIfAborted();
      if (left-- <= 0) return;
      yield { name };
    }
  }

  async #isThere(name: string, context: CallContext): Promise<boolean> {
    try {
      return await this.has(name, context);
    } catch (error) {
      if (isDamaged(error)) return true;
      throw error;
    }
  }

  /** @param fromLeader whether what is read decides about something */
  async #read(name: string, limits: CallLimits, fromLeader = false): Promise<SecretValue | undefined> {
    const paths = await this.#calls.paths(limits);
    const request: ClientRequest = {
      method: "GET",
      path: paths.value(name),
      fromLeader,
      subject: `reading ${JSON.stringify(name)}`,
    };
    const answer = await this.#calls.read(request, limits);
    if (answer.status === 404) return undefined;
    const { data, requestId } = answer;
    // The fields of a secret have no shape: only the envelope tells Vault's answer from another API's.
    const isFromVault = answer.status === 200 && requestId !== undefined;
    if (isFromVault && typeof data === "object" && data !== null && !Array.isArray(data)) {
      this.#calls.assertExact(answer, limits);
      return data as SecretValue;
    }
    if (isFromVault) throw this.#calls.unreadable(request, answer);
    throw this.#calls.unexpected(request, answer);
  }

  async #put(name: string, value: SecretValue, expect: Expectation, context: CallContext): Promise<void> {
    const paths = await this.#calls.paths(context);
    const request: ClientRequest = {
      method: "POST",
      path: paths.value(name),
      body: value,
      subject: `writing ${JSON.stringify(name)}`,
    };
    for (let put = 1; ; put++) {
      const told = await this.#calls.change(request, context);
      if (told === undefined) return;
      const stored = await this.#read(name, reserveOf(context.deadline), true).catch(
        () => "unreadable" as const,
      );
      // An equal value does not prove a creation, which somebody else may have made.
      if (expect !== "absent" && typeof stored === "object" && isSameValue(value, stored)) return;
      // An update whose first attempt took effect would create again what another process has deleted since.
      const mayCreate = expect === "present" && stored === undefined;
      if (expect === "absent" || mayCreate || put >= PUTS || context.signal.aborted)
        throw outcomeUnknown(told);
    }
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
    "KV version 1 has no versions, so that a change cannot depend on one. Use a mount of version 2.",
  );
}
