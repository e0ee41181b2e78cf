import {
  assertExactNumbers,
  backoff,
  type CallContext,
  type Capabilities,
  type DeleteExpectation,
  type Expectation,
  isSameValue,
  isSecretName,
  type ListRange,
  type SecretRevision,
  type SecretsBackend,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
  secretChanged,
  secretExists,
  secretNotFound,
} from "@archestra/secrets-core/plugin";
import { CallFailure } from "../client/call-failure.ts";
import type { ClientRequest } from "../client/vault-client.ts";
import type { CallLimits } from "../http/call-limits.ts";
import { isRefusalByPolicy } from "./denied-folders.ts";
import {
  infoOf,
  type Kv2State,
  readMetadata,
  readRevisions,
  readState,
  readStoredVersion,
  type StoredVersion,
  versionOf,
} from "./kv2-answers.ts";
import { deleteVersions, metadataRequest } from "./kv2-deletion.ts";
import { readAhead } from "./read-ahead.ts";
import { VaultBackend } from "./vault-backend.ts";
import { isDamaged, outcomeUnknown, readBackLimits } from "./vault-requests.ts";

const capabilities: Capabilities = Object.freeze({ versions: true, conditionalWrites: true, list: true });

/**
 * Secrets on KV version 2. Every write is check-and-set: with the counter that was read, or with 0 to create a secret. That
 * also fences an attempt whose answer was lost, so that repeating it is safe.
 */
export class Kv2Backend extends VaultBackend implements SecretsBackend {
  readonly capabilities = capabilities;

  override async get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    const state = await this.#read(name, context);
    if (state.status !== "found") return undefined;
    const { value, stored } = state;
    return { name, version: versionOf(stored), updatedAt: stored.createdAt, value };
  }

  /** From the leading node: the answer of a node that lags behind proves nothing. */
  async has(name: string, context: CallContext): Promise<boolean> {
    return (await this.#read(name, context, true)).status === "found";
  }

  // #region history
  /** From the metadata, which alone has the older versions, and those that another program deleted. */
  async history(name: string, context: CallContext): Promise<readonly SecretRevision[]> {
    const paths = await this.requests.pathsOf(name, context);
    const request = metadataRequest(name, paths.metadata(name));
    const answer = await this.requests.read(request, context);
    if (answer.status === 404) return [];
    const revisions = readRevisions(answer);
    if (revisions === undefined) throw this.requests.unexpected(request, answer);
    return revisions;
  }
  // #endregion

  async write(
    name: string,
    value: SecretValue,
    { expect }: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    const paths = await this.requests.pathsOf(name, context);
    const path = paths.value(name);
    // A creation is sent without a read: in nearly all cases the name is free.
    let counter = expect === "absent" ? 0 : await this.#expectedCounter(name, expect, context);
    for (let attempt = 0; ; attempt++) {
      const written = await this.#put({ name, path, value, counter, expect }, context);
      if (written !== undefined) return infoOf(name, written);
      // With an expected version, too: a secret that was deleted meanwhile is NOT_FOUND.
      if (attempt > 0) await backoff(attempt, context.signal);
      counter = await this.#expectedCounter(name, expect, context);
    }
  }

  async delete(
    name: string,
    { expect }: { readonly expect: DeleteExpectation },
    context: CallContext,
  ): Promise<boolean> {
    const paths = await this.requests.pathsOf(name, context);
    const state = await this.readLatest(name, context);
    if (state.status === "absent") return false;
    if (typeof expect === "object") {
      if (state.status === "deleted") return false;
      if (state.status === "found" && versionOf(state.stored) !== expect.version) throw secretChanged();
    }
    const expected = state.status === "damaged" ? undefined : state.stored;
    const isDone = await deleteVersions(this.requests, name, paths.metadata(name), expected, context);
    // A version that another program deleted is absent to callers. What is left of it is removed all the same.
    return isDone && state.status !== "deleted";
  }

  /** Reads the metadata of each, which alone distinguishes a secret from a deleted one. */
  protected override describe(
    names: AsyncIterable<string>,
    { limit }: ListRange,
    context: CallContext,
  ): AsyncIterable<StoredInfo> {
    const refused = new Set<string>();
    return readAhead(names, (name) => this.#describe(name, refused, context), limit);
  }

  /** @param refused the folders in which the policies of the token do not allow reading metadata */
  async #describe(name: string, refused: Set<string>, context: CallContext): Promise<StoredInfo | undefined> {
    const folder = name.slice(0, name.lastIndexOf("/") + 1);
    // A name that no secret can have has no path.
    if (!isSecretName(name) || refused.has(folder)) return { name };
    const paths = await this.requests.paths(context);
    const request = { ...metadataRequest(name, paths.metadata(name)), fromLeader: false };
    const answer = await this.requests.read(request, context).catch((error: unknown) => {
      if (!isRefusalByPolicy(error)) throw error;
      refused.add(folder);
    });
    if (answer === undefined) return { name };
    if (answer.status === 404) return undefined;
    const metadata = readMetadata(answer);
    if (metadata?.counter === 0) return undefined;
    if (metadata?.current === undefined || metadata.isDeleted === undefined)
      throw this.requests.unexpected(request, answer);
    const { current, isDeleted, createdAt } = metadata;
    return isDeleted ? undefined : { ...infoOf(name, current), createdAt };
  }

  /** @param counter the version to read. Absent: the current one */
  async #read(
    name: string,
    limits: CallLimits,
    fromLeader = false,
    counter?: number,
  ): Promise<Exclude<Kv2State, { status: "damaged" }>> {
    const paths = this.requests.knownPathsOf(name) ?? (await this.requests.pathsOf(name, limits));
    const query = counter === undefined ? "" : `?version=${counter}`;
    const request: ClientRequest = {
      method: "GET",
      path: paths.value(name) + query,
      fromLeader,
      subject: `reading ${JSON.stringify(name)}`,
    };
    const answer = await this.requests.read(request, limits, true);
    const state = readState(answer);
    if (state === undefined) throw this.requests.unexpected(request, answer);
    if (state.status === "unreadable") throw this.requests.unreadable(request, answer);
    if (answer.text !== undefined) assertExactNumbers(answer.text);
    return state;
  }

  /** Reads the latest state. A damaged secret cannot be read, but `set` and `delete` repair it. */
  protected async readLatest(name: string, context: CallContext): Promise<Kv2State> {
    try {
      return await this.#read(name, context, true);
    } catch (error) {
      if (isDamaged(error)) return { status: "damaged", error };
      throw error;
    }
  }

  /**
   * Reads the counter to write with.
   *
   * @throws ALREADY_EXISTS, NOT_FOUND or CONFLICT when the secret is not as expected
   */
  async #expectedCounter(name: string, expect: Expectation, context: CallContext): Promise<number> {
    const state = await this.readLatest(name, context);
    if (state.status !== "damaged") return counterOf(state, expect);
    if (expect === "absent" || typeof expect === "object") throw state.error;
    const paths = await this.requests.paths(context);
    const request = metadataRequest(name, paths.metadata(name));
    const answer = await this.requests.read(request, context);
    const counter = answer.status === 404 ? 0 : readMetadata(answer)?.counter;
    if (counter === undefined) throw this.requests.unexpected(request, answer);
    // It was deleted meanwhile.
    if (counter === 0 && expect === "present") throw secretNotFound();
    return counter;
  }

  /**
   * Writes with a counter.
   *
   * @returns undefined when nothing was written, since another write was first
   */
  async #put(write: Kv2Write, context: CallContext): Promise<StoredVersion | undefined> {
    const { name, path, value, counter } = write;
    const request: ClientRequest = {
      method: "POST",
      path,
      body: { data: value, options: { cas: counter } },
      subject: `writing ${JSON.stringify(name)}`,
    };
    try {
      const result = await this.requests.client.send(request, context, "idempotent write");
      const { answer, classified, mayHaveExecuted } = result;
      const stored = classified === undefined ? readStoredVersion(answer.data) : undefined;
      if (answer.status === 200 && stored?.counter === counter + 1) return stored;
      if (classified === undefined)
        return await this.#readBack(write, this.requests.unexpected(request, answer), context);
      if (!mayHaveExecuted && classified.reason === "VERSION_MISMATCH") return undefined;
      const error = this.requests.error(request, answer, classified);
      if (mayHaveExecuted) return await this.#readBack(write, error, context);
      throw error;
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (error.mayHaveExecuted) return this.#readBack(write, error.publicError, context);
      throw error.publicError;
    }
  }

  /**
   * Reads the version that a write creates. Another value there means that another write was first. An equal one proves the
   * write, but not a creation, since another process may have created the secret with the same value.
   */
  async #readBack(
    { name, value, counter, expect }: Kv2Write,
    error: unknown,
    context: CallContext,
  ): Promise<StoredVersion | undefined> {
    const limits = readBackLimits(context);
    const state = await this.#read(name, limits, true, counter + 1).catch(() => undefined);
    if (state?.status !== "found") throw outcomeUnknown(error);
    if (!isSameValue(value, state.value)) return undefined;
    if (expect === "absent") throw outcomeUnknown(error);
    return state.stored;
  }
}

interface Kv2Write {
  readonly name: string;
  readonly path: string;
  readonly value: SecretValue;
  /** That of the version that it replaces. 0: none. */
  readonly counter: number;
  readonly expect: Expectation;
}

function counterOf(state: Exclude<Kv2State, { status: "damaged" }>, expect: Expectation): number {
  if (state.status === "found") {
    if (expect === "absent") throw secretExists();
    if (typeof expect === "object" && expect.version !== versionOf(state.stored)) throw secretChanged();
    return state.stored.counter;
  }
  if (expect === "present" || typeof expect === "object") throw secretNotFound();
  // When another program deleted the version, the counter did not change.
  return state.status === "deleted" ? state.stored.counter : 0;
}
