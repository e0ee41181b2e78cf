import { randomUUID } from "node:crypto";
import {
  type CallContext,
  type Capabilities,
  type DeleteExpectation,
  type Expectation,
  type Health,
  type HealthProblem,
  isSecretName,
  type ListRange,
  type SecretsBackend,
  SecretsError,
  type SecretsErrorCode,
  type SecretValue,
  type StoredInfo,
  type StoredSecret,
  secretChanged,
  secretExists,
  secretNotFound,
} from "@archestra/secrets-core/plugin";
import type { ConnectionPool } from "./connection-pool.ts";
import { AnswerLost, codeOfRedisError, RedisRefusal, StrangeAnswer } from "./redis-error.ts";
import { DELETE, LIST, WRITE } from "./scripts.ts";
import { NO_INFO, serverProblems } from "./server-state.ts";
import { infoOf, oneOf, textsOf } from "./stored-entry.ts";
import type { ValueCipher } from "./value-cipher.ts";

const capabilities: Capabilities = Object.freeze({ versions: true, conditionalWrites: true, list: true });
/** Reserved for the response to the caller, in milliseconds. */
const RESPONSE_TIME = 100;

/** Where the secrets are stored. */
export interface RedisPlace {
  /** The address, without the password. */
  readonly location: string;
  readonly database: string;
  readonly prefix: string;
  /** How many names one request of a list returns. */
  readonly pageSize: number;
}

/** Secrets in Redis: a hash for each, and a sorted set of all names. */
export class RedisBackend implements SecretsBackend {
  readonly capabilities = capabilities;
  readonly location: string;
  readonly #pool: ConnectionPool;
  readonly #cipher: ValueCipher;
  readonly #database: string;
  readonly #secrets: string;
  readonly #names: string;
  readonly #pageSize: number;

  constructor(pool: ConnectionPool, cipher: ValueCipher, place: RedisPlace) {
    const { location, database, prefix, pageSize } = place;
    this.#pool = pool;
    this.#cipher = cipher;
    this.location = location;
    this.#database = database;
    this.#secrets = `{${prefix}}:secret:`;
    this.#names = `{${prefix}}:names`;
    this.#pageSize = pageSize;
  }

  async get(name: string, { signal }: CallContext): Promise<StoredSecret | undefined> {
    const key = this.#keyOf(name);
    const answer = await this.#read(["HMGET", key, "version", "created", "updated", "value"], signal);
    const [version, created, updated, value, ...rest] = textsOf(answer);
    if (value === undefined || rest.length > 0) throw new StrangeAnswer();
    if ([version, created, updated, value].every((text) => text === null)) return undefined;
    const opened = this.#cipher.decrypt(value ?? "", { key, version: version ?? "" });
    return { ...infoOf(name, version, created, updated), value: opened };
  }

  async has(name: string, { signal }: CallContext): Promise<boolean> {
    return oneOf(await this.#read(["EXISTS", this.#keyOf(name)], signal), [0, 1]) === 1;
  }

  async write(
    name: string,
    value: SecretValue,
    { expect }: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    const key = this.#keyOf(name);
    // It identifies the write, and no other state of the secret has it.
    const version = randomUUID();
    const now = String(Date.now());
    const [kind, expected] = conditionOf(expect);
    const encrypted = this.#cipher.encrypt(value, { key, version });
    const command = ["EVAL", WRITE, "2", key, this.#names, kind, expected, name, version, encrypted, now];
    return this.#change(
      command,
      context,
      (answer) => {
        const [outcome, created] = textsOf(answer);
        if (outcome === "exists") throw secretExists();
        if (outcome === "changed") throw secretChanged();
        if (outcome === "missing") throw secretNotFound();
        if (outcome !== "written" || created === undefined) throw new StrangeAnswer();
        return infoOf(name, version, created, now);
      },
      (signal) => this.#findWrite(name, version, signal),
    );
  }

  async delete(
    name: string,
    { expect }: { readonly expect: DeleteExpectation },
    context: CallContext,
  ): Promise<boolean> {
    const command = ["EVAL", DELETE, "2", this.#keyOf(name), this.#names, ...conditionOf(expect), name];
    return this.#change(command, context, (answer) => {
      const [outcome] = textsOf(answer);
      if (outcome === "changed") throw secretChanged();
      return oneOf(outcome, ["deleted", "missing"]) === "deleted";
    });
  }

  async *list({ prefix, after, limit }: ListRange, { signal }: CallContext): AsyncGenerator<StoredInfo> {
    // No byte of UTF-8 is 255, so this follows every name with the prefix.
    const highest = prefix === "" ? "+" : Buffer.concat([Buffer.from(`(${prefix}`), Buffer.of(255)]);
    let lowest =
      after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0
        ? `(${after}`
        : `[${prefix}`;
    for (let left = limit ?? Number.POSITIVE_INFINITY; left > 0; ) {
      const count = String(Math.min(left, this.#pageSize));
      const page = await this.#read(
        ["EVAL", LIST, "1", this.#names, lowest, highest, count, this.#secrets],
        signal,
      );
      if (!Array.isArray(page)) throw new StrangeAnswer();
      if (page.length === 0) return;
      for (const entry of page) {
        const [name, exists, version, created, updated] = Array.isArray(entry) ? entry : [];
        const texts = [name, version, created, updated];
        if (texts.some((text) => typeof text !== "string")) throw new StrangeAnswer();
        lowest = `(${name}`;
        if (oneOf(exists, [0, 1]) === 0) continue;
        left--;
        yield infoOf(name, version, created, updated);
      }
    }
  }

  async check({ count }: { readonly count: boolean }, context: CallContext): Promise<Health> {
    const problems = await this.#problems(context.signal);
    const status = problems.length === 0 ? "healthy" : "degraded";
    if (!count) return { status, problems };
    let [listed, unlisted] = [0, 0];
    for await (const { name } of this.list({ prefix: "" }, context)) {
      if (isSecretName(name)) listed++;
      else unlisted++;
    }
    return { status, problems, count: listed, unlistedCount: unlisted };
  }

  async close(): Promise<void> {
    this.#pool.close();
  }

  classify(error: unknown): SecretsErrorCode | undefined {
    return codeOfRedisError(error);
  }

  path(name: string): string {
    return `${this.#database}/${this.#keyOf(name)}`;
  }

  #keyOf(name: string): string {
    return this.#secrets + name;
  }

  async #problems(signal: AbortSignal): Promise<HealthProblem[]> {
    try {
      return serverProblems(await this.#read(["INFO"], signal));
    } catch (error) {
      if (codeOfRedisError(error) !== "PERMISSION_DENIED") throw error;
      await this.#read(["EXISTS", this.#names], signal);
      return [{ code: "PERMISSION_DENIED", message: NO_INFO }];
    }
  }

  async #read(command: readonly (string | Buffer)[], signal: AbortSignal): Promise<unknown> {
    try {
      return await this.#pool.send(command, signal);
    } catch (error) {
      if (error instanceof AnswerLost) signal.throwIfAborted();
      throw error;
    }
  }

  /**
   * Sends a change once. When its answer is lost or strange, reads back whether it was made.
   *
   * @param understand throws StrangeAnswer for what is not an answer to this command
   * @param find returns the result of a change that was made. Undefined: it is not proven
   */
  async #change<Result>(
    command: readonly string[],
    { signal, deadline }: CallContext,
    understand: (answer: unknown) => Result,
    find?: (signal: AbortSignal) => Promise<Result | undefined>,
  ): Promise<Result> {
    let doubt: unknown;
    try {
      return understand(await this.#pool.send(command, signal));
    } catch (error) {
      const isDoubtful =
        error instanceof AnswerLost ||
        error instanceof StrangeAnswer ||
        (error instanceof RedisRefusal && !error.isProven);
      if (!isDoubtful) throw error;
      doubt = error;
    }
    const left = deadline - Date.now() - RESPONSE_TIME;
    // Not the signal of the call, which may have aborted.
    const found = left > 0 ? await find?.(AbortSignal.timeout(left)).catch(() => undefined) : undefined;
    if (found !== undefined) return found;
    throw new SecretsError(
      "OUTCOME_UNKNOWN",
      "Redis received the change and did not report its outcome. Read the secret to learn it.",
      { cause: doubt },
    );
  }

  /** The version proves which write made the state: another write of an equal value has another one. */
  async #findWrite(name: string, written: string, signal: AbortSignal): Promise<StoredInfo | undefined> {
    const answer = await this.#pool.send(
      ["HMGET", this.#keyOf(name), "version", "created", "updated"],
      signal,
    );
    const [version, created, updated] = textsOf(answer);
    return version === written ? infoOf(name, version, created, updated) : undefined;
  }
}

/** The arguments of a script: an empty version is one that no secret has, and not "any". */
function conditionOf(expect: Expectation): readonly [kind: string, version: string] {
  return typeof expect === "object" ? ["version", expect.version] : [expect, ""];
}
