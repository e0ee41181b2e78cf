import type { Health, ReadResult, StoredInfo, StoredSecret } from "../backend/backend.ts";
import { isSecretsErrorCode } from "../errors/error-codes.ts";
import { pluginBroken } from "../errors/plugin-broken.ts";
import type { SecretRevision } from "../secret/secret.ts";

const revisionStates: readonly unknown[] = ["present", "deleted", "destroyed"];
const statuses: readonly unknown[] = ["healthy", "degraded", "unavailable"];

/**
 * Verifies the answers of a backend, which may be written in JavaScript: a wrong one is an error that names the plugin and the
 * member, and not a wrong secret or a TypeError of this package. Every function throws SecretsError INTERNAL, reason
 * PLUGIN_BROKEN.
 */
export class CheckedAnswers {
  readonly #plugin: string;
  readonly #hasVersions: boolean;

  constructor(plugin: string, hasVersions: boolean) {
    this.#plugin = plugin;
    this.#hasVersions = hasVersions;
  }

  /** The information about a secret, as `write`, `get` and related members return it. */
  assertInfo(info: StoredInfo, member: string): void {
    if (typeof info !== "object" || info === null)
      throw pluginBroken(this.#plugin, member, "return an object with the name of the secret", info);
    const { name, version } = info;
    if (typeof name !== "string")
      throw pluginBroken(this.#plugin, `${member}.name`, "be the name of the secret", name);
    if (typeof version === "string" ? version !== "" : version === undefined && !this.#hasVersions) return;
    const rule = this.#hasVersions
      ? "be a string that is not empty, since `capabilities.versions` is true"
      : "be left out, since `capabilities.versions` is false";
    throw pluginBroken(this.#plugin, `${member}.version`, rule, version);
  }

  /** A value that no store of JSON can hold: damaged data is the store's fault, and this is the plugin's. */
  assertStorable(value: StoredSecret["value"], member: string): void {
    const isJson =
      value === null || Array.isArray(value) || ["string", "number", "boolean"].includes(typeof value);
    if (!isJson)
      throw pluginBroken(this.#plugin, `${member}.value`, "be the JSON object in the store", value);
  }

  /** One entry of `list`, whose version is left out where it costs another request. */
  assertEntry(entry: StoredInfo, prefix: string): void {
    if (typeof entry !== "object" || entry === null)
      throw pluginBroken(this.#plugin, "list()[]", "be an object with a name", entry);
    const { name, version } = entry;
    if (typeof name !== "string") throw pluginBroken(this.#plugin, "list()[].name", "be a string", name);
    if (version !== undefined && typeof version !== "string")
      throw pluginBroken(this.#plugin, "list()[].version", "be a string", version);
    if (!name.startsWith(prefix))
      throw pluginBroken(this.#plugin, "list()[].name", "begin with `prefix`", name);
  }

  iterable<Entry>(entries: AsyncIterable<Entry>, member: string): AsyncIterator<Entry> {
    const iterate = (entries as Partial<AsyncIterable<Entry>> | null | undefined)?.[Symbol.asyncIterator];
    if (typeof iterate === "function") return iterate.call(entries);
    throw pluginBroken(this.#plugin, member, "return an AsyncIterable, such as an async generator", entries);
  }

  revisions(answer: readonly SecretRevision[]): readonly SecretRevision[] {
    const isRevision = (revision: Partial<SecretRevision> | null | undefined) =>
      typeof revision?.version === "string" && revisionStates.includes(revision.state);
    if (Array.isArray(answer) && answer.every(isRevision)) return answer;
    const rule = "return an array of objects with a version and a state";
    throw pluginBroken(this.#plugin, "history()", rule, answer);
  }

  boolean(answer: boolean, member: string): boolean {
    if (typeof answer === "boolean") return answer;
    throw pluginBroken(this.#plugin, member, "return true or false", answer);
  }

  path(path: string): string {
    if (typeof path === "string") return path;
    throw pluginBroken(this.#plugin, "path()", "return a string", path);
  }

  map<Answers extends ReadonlyMap<string, unknown>>(answers: Answers, member: string): Answers {
    if (typeof (answers as Partial<Answers> | null | undefined)?.get === "function") return answers;
    throw pluginBroken(this.#plugin, member, "return a Map", answers);
  }

  /** The result for one name of `getMany`. */
  assertResult(result: ReadResult | undefined): asserts result is ReadResult {
    const status = (result as Partial<ReadResult> | null | undefined)?.status;
    if (status === "found" || status === "absent" || status === "failed") return;
    const rule = "have a result for each name, with a status of `found`, `absent` or `failed`";
    throw pluginBroken(this.#plugin, "getMany()", rule, result);
  }

  health(health: Health): Health {
    if (typeof health !== "object" || health === null)
      throw pluginBroken(this.#plugin, "check()", "return an object", health);
    const { status, problems } = health;
    if (!statuses.includes(status)) {
      const rule = "be `healthy`, `degraded` or `unavailable`";
      throw pluginBroken(this.#plugin, "check().status", rule, status);
    }
    for (const key of ["count", "unlistedCount"] as const) {
      const count = health[key];
      if (count !== undefined && typeof count !== "number")
        throw pluginBroken(this.#plugin, `check().${key}`, "be a number, or be left out", count);
    }
    const isProblem = (problem: Health["problems"][number]) =>
      isSecretsErrorCode(problem?.code) && typeof problem.message === "string";
    if (Array.isArray(problems) && problems.every(isProblem)) return health;
    const rule = "be an array of objects with a code and a message";
    throw pluginBroken(this.#plugin, "check().problems", rule, problems);
  }
}
