import { randomUUID } from "node:crypto";
import { access, constants, stat } from "node:fs/promises";
import {
  type CallContext,
  type Capabilities,
  type DeleteExpectation,
  type Expectation,
  type Health,
  type HealthProblem,
  isSecretName,
  isSecretsError,
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
import type { AgeCipher } from "./age-cipher.ts";
import { codeOfFileError } from "./file-error.ts";
import { pathOfSecret } from "./file-name.ts";
import {
  makeFolderOf,
  readSecretFile,
  readSecretInfo,
  removeSecretFile,
  replaceSecretFile,
} from "./secret-file.ts";
import { withLock } from "./secret-lock.ts";
import { secretNames } from "./secret-names.ts";

// #region capabilities
const capabilities: Capabilities = Object.freeze({ versions: true, conditionalWrites: true, list: true });
// #endregion

/** Secrets in a folder, one file each. */
export class FilesBackend implements SecretsBackend {
  readonly capabilities = capabilities;
  /** The folder. */
  readonly location: string;
  readonly #cipher: AgeCipher;

  constructor(folder: string, cipher: AgeCipher) {
    this.location = folder;
    this.#cipher = cipher;
  }

  // #region get
  async get(name: string, { signal }: CallContext): Promise<StoredSecret | undefined> {
    const file = await readSecretFile(this.#pathOf(name), name, signal);
    signal.throwIfAborted();
    if (file === undefined) {
      await this.#assertFolder();
      return undefined;
    }
    return { ...file.info, value: await this.#cipher.decrypt(file.encrypted, file.info) };
  }
  // #endregion

  // #region write
  async write(
    name: string,
    value: SecretValue,
    { expect }: { readonly expect: Expectation },
    context: CallContext,
  ): Promise<StoredInfo> {
    const path = this.#pathOf(name);
    await this.#assertFolder();
    await makeFolderOf(path);
    return withLock(path, context, async () => {
      const current = await currentInfo(path, name);
      if (current === undefined && expect !== "absent" && expect !== "any") throw secretNotFound();
      if (current !== undefined && expect === "absent") throw secretExists();
      if (typeof expect === "object" && current?.version !== expect.version) throw secretChanged();
      const now = new Date();
      const info = { name, version: randomUUID(), createdAt: current?.createdAt ?? now, updatedAt: now };
      await replaceSecretFile(path, { info, encrypted: await this.#cipher.encrypt(value, info) });
      return info;
    });
  }
  // #endregion

  // #region delete
  async delete(
    name: string,
    { expect }: { readonly expect: DeleteExpectation },
    context: CallContext,
  ): Promise<boolean> {
    if (!(await this.has(name))) return false;
    const path = this.#pathOf(name);
    return withLock(path, context, async () => {
      const current = await currentInfo(path, name);
      if (current === undefined) return false;
      if (expect !== "any" && current.version !== expect.version) throw secretChanged();
      await removeSecretFile(path);
      return true;
    });
  }
  // #endregion

  // #region list
  async *list(range: ListRange, { signal }: CallContext): AsyncGenerator<StoredInfo> {
    let left = range.limit ?? Number.POSITIVE_INFINITY;
    for await (const name of secretNames(this.location, range)) {
      if (left <= 0) return;
      signal.throwIfAborted();
      const info = await currentInfo(this.#pathOf(name), name);
      if (info === undefined) continue; // Deleted in the meantime.
      left--;
      yield info;
    }
  }
  // #endregion

  // #region check
  async check({ count }: { readonly count: boolean }): Promise<Health> {
    await this.#assertFolder();
    await access(this.location, constants.R_OK | constants.X_OK);
    const problems = await this.#writeProblems();
    const status = problems.length === 0 ? "healthy" : "degraded";
    if (!count) return { status, problems };
    let [listed, unlisted] = [0, 0];
    for await (const name of secretNames(this.location, { prefix: "" })) {
      if (isSecretName(name)) listed++;
      else unlisted++;
    }
    return { status, problems, count: listed, unlistedCount: unlisted };
  }
  // #endregion

  // #region close
  async close(): Promise<void> {} // There is no connection and no timer: every call opens and closes its own files.
  // #endregion

  // #region optional
  async has(name: string): Promise<boolean> {
    const found = await stat(this.#pathOf(name)).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ENOENT") throw error;
    });
    if (found === undefined) await this.#assertFolder();
    return found !== undefined;
  }

  classify(error: unknown): SecretsErrorCode | undefined {
    return codeOfFileError(error);
  }
  // #endregion

  #pathOf(name: string): string {
    return pathOfSecret(this.location, name);
  }

  async #writeProblems(): Promise<HealthProblem[]> {
    try {
      await access(this.location, constants.W_OK);
      return [];
    } catch (error) {
      const message = `Secrets can be read but not changed, because ${this.location} is not writable.`;
      return [{ code: codeOfFileError(error) ?? "INTERNAL", message }];
    }
  }

  // #region absence
  /** A missing file proves nothing when the folder is missing too: its disk may not be mounted. */
  async #assertFolder(): Promise<void> {
    const folder = await stat(this.location);
    if (!folder.isDirectory()) throw new SecretsError("UNAVAILABLE", `${this.location} is not a folder.`);
  }
  // #endregion
}

/** The metadata of a secret. A damaged file exists, without a version that a condition could match. */
async function currentInfo(path: string, name: string): Promise<StoredInfo | undefined> {
  try {
    return await readSecretInfo(path, name);
  } catch (error) {
    if (isSecretsError(error, "INVALID_VALUE")) return { name };
    throw error;
  }
}
