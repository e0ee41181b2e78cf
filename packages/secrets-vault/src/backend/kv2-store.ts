import {
  type CallContext,
  type Capabilities,
  type Expectation,
  isSameValue,
  isSecretName,
  type ListRange,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
  secretChanged,
  secretExists,
  secretNotFound,
} from "@archestra/secrets-core/plugin";
import { CallFailure } from "../client/call-failure.ts";
import { waitAfterCollision } from "../client/retry-policy.ts";
import type { CallLimits, ClientRequest } from "../client/vault-client.ts";
import type { SecretPaths } from "../paths/secret-paths.ts";
import { isRefusalByPolicy } from "./denied-folders.ts";
import { Kv2Deletion } from "./kv2-deletion.ts";
import { readCounter, readEntry } from "./kv2-entry.ts";
import { type Kv2State, readState } from "./kv2-state.ts";
import { outcomeUnknown, reserveOf } from "./outcome-unknown.ts";
import { readAhead } from "./read-ahead.ts";
import { readStoredVersion, type StoredVersion, versionText } from "./stored-version.ts";
import { isDamaged, type VaultCalls } from "./vault-calls.ts";
import type { VaultStore } from "./vault-store.ts";

const capabilities: Capabilities = Object.freeze({ versions: true, conditionalWrites: true, list: true });

/**
 * Secrets on KV version 2. Every write is check-and-set: under the counter that was read, or under 0 where nothing was.
 * That also fences an attempt whose answer was lost, so that repeating it does no harm.
 */
export class Kv2Store implements VaultStore {
  readonly capabilities = capabilities;
  readonly #calls: VaultCalls;

  constructor(calls: VaultCalls) {
    this.#calls = calls;
  }

  async get(name: string, context: CallContext): Promise<StoredSecret | undefined> {
    const state = await this.#read(name, context, {});
    if (state.kind !== "present") return undefined;
    const { value, stored } = state;
    return { ...infoOf(name, stored), value };
  }

  async has(name: string, context: CallContext): Promise<boolean> {
    return (await this.#read(name, context, { fromLeader: true })).kind === "present";
  }

  async write(
    name: string,
    value: SecretValue,
    { expect }: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    const paths = await this.#calls.paths(context);
    // A creation is tried without a look: in nearly all cases nothing is there.
    let counter = expect === "absent" ? 0 : await this.#expectedCounter(name, expect, context);
    for (let attempt = 0; ; attempt++) {
      const written = await this.#put(paths, name, value, counter, expect, context);
      if (written !== undefined) return infoOf(name, written);
      // Under a version, too: what is not there any more is NOT_FOUND.
      if (attempt > 0) await waitAfterCollision(attempt, context.signal);
      counter = await this.#expectedCounter(name, expect, context);
    }
  }

  async delete(
    name: string,
    { expect }: { readonly expect: Extract<Expectation, "any" | object> },
    context: CallContext,
  ): Promise<boolean> {
    const paths = await this.#calls.paths(context);
    const state = await this.#readOrDamaged(name, context);
    if (state.kind === "absent") return false;
    if (typeof expect === "object") {
      if (state.kind === "deleted") return false;
      if (state.kind === "present" && versionText(state.stored) !== expect.version) throw secretChanged();
    }
    // One that somebody deleted softly is absent already; what is left of it goes.
    const wasThere = state.kind !== "deleted";
    const deletion = new Kv2Deletion(this.#calls, name, paths.entry(name));
    const isDone = await deletion.run(state.kind === "damaged" ? undefined : state.stored, context);
    return isDone && wasThere;
  }

  /** With what the server keeps of each, which alone tells a secret from one that was deleted softly. */
  describe(
    names: AsyncIterable<string>,
    { limit }: ListRange,
    context: CallContext,
  ): AsyncIterable<StoredInfo> {
    const refused = new Set<string>();
    return readAhead(names, (name) => this.#describe(name, refused, context), limit);
  }

  /** @param refused the folders in which the policies of the token do not allow to read the metadata of a secret */
  async #describe(name: string, refused: Set<string>, context: CallContext): Promise<StoredInfo | undefined> {
    const folder = name.slice(0, name.lastIndexOf("/") + 1);
    // No path of ours leads to one that is no secret's.
    if (!isSecretName(name) || refused.has(folder)) return { name };
    const paths = await this.#calls.paths(context);
    const request: ClientRequest = {
      method: "GET",
      path: paths.entry(name),
      subject: `reading the metadata of ${JSON.stringify(name)}`,
    };
    const answer = await this.#calls.read(request, context).catch((error: unknown) => {
      if (!isRefusalByPolicy(error)) throw error;
      refused.add(folder);
    });
    if (answer === undefined) return { name };
    if (answer.status === 404) return undefined;
    const entry = readEntry(answer);
    if (entry === undefined) throw this.#calls.unexpected(request, answer);
    if (entry === "no secret") return undefined;
    return { ...infoOf(name, entry.stored), createdAt: entry.createdAt };
  }

  /** The present state, or that of a counter. `fromLeader`: what is read decides about something. */
  async #read(
    name: string,
    limits: CallLimits,
    { counter, fromLeader = false }: { readonly counter?: number; readonly fromLeader?: boolean },
  ): Promise<Exclude<Kv2State, { kind: "damaged" }>> {
    const paths = this.#calls.knownPaths ?? (await this.#calls.paths(limits));
    const query = counter === undefined ? "" : `?version=${counter}`;
    const request: ClientRequest = {
      method: "GET",
      path: paths.value(name) + query,
      fromLeader,
      subject: `reading ${JSON.stringify(name)}`,
    };
    const answer = await this.#calls.readVersion(request, limits);
    const state = readState(answer);
    if (state === "unreadable") throw this.#calls.unreadable(request, answer);
    if (state === undefined) throw this.#calls.unexpected(request, answer);
    this.#calls.assertExact(answer, limits);
    return state;
  }

  /** A damaged secret can be read by nobody; setting it anew and its deletion mend it. */
  async #readOrDamaged(name: string, context: CallContext): Promise<Kv2State> {
    try {
      return await this.#read(name, context, { fromLeader: true });
    } catch (error) {
      if (isDamaged(error)) return { kind: "damaged", error };
      throw error;
    }
  }

  /**
   * The counter to write under.
   *
   * @throws ALREADY_EXISTS, NOT_FOUND or CONFLICT when the secret is not as expected
   */
  async #expectedCounter(name: string, expect: Expectation, context: CallContext): Promise<number> {
    const state = await this.#readOrDamaged(name, context);
    if (state.kind !== "damaged") return counterOf(state, expect);
    if (expect === "absent" || typeof expect === "object") throw state.error;
    const paths = await this.#calls.paths(context);
    const request: ClientRequest = {
      method: "GET",
      path: paths.entry(name),
      fromLeader: true,
      subject: `reading the metadata of ${JSON.stringify(name)}`,
    };
    const answer = await this.#calls.read(request, context);
    const counter = answer.status === 404 ? 0 : readCounter(answer);
    if (counter === undefined) throw this.#calls.unexpected(request, answer);
    // Deleted meanwhile: nothing is there.
    if (counter === 0 && expect === "present") throw secretNotFound();
    return counter;
  }

  /**
   * Writes under a counter.
   *
   * @returns undefined when it is certain that nothing was written, since another one was first
   */
  async #put(
    paths: SecretPaths,
    name: string,
    value: SecretValue,
    counter: number,
    expect: Expectation,
    context: CallContext,
  ): Promise<StoredVersion | undefined> {
    const request: ClientRequest = {
      method: "POST",
      path: paths.value(name),
      body: { data: value, options: { cas: counter } },
      subject: `writing ${JSON.stringify(name)}`,
    };
    const findOut = (told: unknown) => this.#findOut(name, value, counter + 1, expect, told, context);
    try {
      const { answer, classified, mayHaveHappened } = await this.#calls.send(request, context, "write");
      if (classified === undefined) {
        const stored = readStoredVersion(answer.data);
        if (answer.status === 200 && stored?.version === counter + 1) return stored;
        return await findOut(this.#calls.unexpected(request, answer));
      }
      const isUncertain = mayHaveHappened || classified.executed === "maybe";
      if (isUncertain) return await findOut(this.#calls.error(request, answer, classified));
      if (classified.reason === "VERSION_MISMATCH") return undefined;
      throw this.#calls.error(request, answer, classified);
    } catch (error) {
      if (!(error instanceof CallFailure)) throw error;
      if (!error.mayHaveHappened) throw error.told;
      return findOut(error.told);
    }
  }

  /**
   * Reads the very version that a write would have made. Another value there means that another one was first; an equal
   * one proves the write, but not a creation, which somebody else may have made with the same value.
   */
  async #findOut(
    name: string,
    value: SecretValue,
    counter: number,
    expect: Expectation,
    told: unknown,
    context: CallContext,
  ): Promise<StoredVersion | undefined> {
    const version = { counter, fromLeader: true };
    const state = await this.#read(name, reserveOf(context.deadline), version).catch(() => undefined);
    if (state?.kind !== "present") throw outcomeUnknown(told);
    if (!isSameValue(value, state.value)) return undefined;
    if (expect === "absent") throw outcomeUnknown(told);
    return state.stored;
  }
}

function counterOf(state: Exclude<Kv2State, { kind: "damaged" }>, expect: Expectation): number {
  if (state.kind === "present") {
    if (expect === "absent") throw secretExists();
    if (typeof expect === "object" && expect.version !== versionText(state.stored)) throw secretChanged();
    return state.stored.version;
  }
  if (expect === "present" || typeof expect === "object") throw secretNotFound();
  // After a soft deletion by somebody else the counter stands where it stood.
  return state.kind === "deleted" ? state.stored.version : 0;
}

function infoOf(name: string, stored: StoredVersion): StoredInfo {
  return { name, version: versionText(stored), updatedAt: stored.createdAt };
}
