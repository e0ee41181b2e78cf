import { assertExactNumbers, SecretsError, type SecretValue } from "@archestra/secrets-core/plugin";
import { answerError } from "../answers/answer-error.ts";
import { unexpectedAnswer, unreadableValue } from "../answers/classified-answer.ts";
import { isAbsence, isDeletedVersion, type VaultAnswer } from "../answers/vault-answer.ts";
import { readState, versionOf } from "../backend/kv2-answers.ts";
import { throwPublicError } from "../client/call-failure.ts";
import { policyRemedy } from "../client/required-capabilities.ts";
import type { ClientRequest, VaultClient } from "../client/vault-client.ts";
import { type CallLimits, limitsWithin } from "../http/call-limits.ts";
import { kvVersionOf, mountOf } from "../mount/mount-answer.ts";
import { encodePath, PathProblem } from "../paths/encode-path.ts";
import { misconfigured } from "../settings/misconfigured.ts";

/** A value that was read, and its version on KV 2. */
export interface VaultSecret {
  /** The JSON object at the path. */
  readonly value: SecretValue;
  /** Identifies the version. Absent: the mount is KV version 1. */
  readonly version?: string;
}

/** Where a path leads. */
interface Location {
  readonly kvVersion: 1 | 2;
  /** The path of the request, encoded. */
  readonly path: string;
}

const READ_TIMEOUT = 30_000;

/** Reads secrets at any path. It sends no write except the login and the revocation of its token. */
export class PathReader {
  readonly #client: VaultClient;
  readonly #locations = new Map<string, Location>();
  readonly close: () => Promise<void>;

  constructor(client: VaultClient, close: () => Promise<void>) {
    this.#client = client;
    this.close = close;
  }

  async read(given: string, signal?: AbortSignal): Promise<VaultSecret | undefined> {
    const ends = signal === undefined ? [] : [signal];
    const limits = { ...limitsWithin(READ_TIMEOUT, "Reading from Vault", ...ends), exactNumbers: true };
    const path = given.trim().replace(/^\/|\/$/g, "");
    const location = this.#locations.get(path) ?? (await this.#locate(path, limits));
    try {
      const secret = await this.#readAt(location, path, limits);
      this.#locations.set(path, location);
      return secret;
    } catch (error) {
      // The mount may have another version by now.
      this.#locations.delete(path);
      throw error;
    }
  }

  /** Reads the mount, which shows its KV version. Any token with a permission under the mount can do that. */
  async #locate(path: string, limits: CallLimits): Promise<Location> {
    const request: ClientRequest = {
      method: "GET",
      path: `sys/internal/ui/mounts/${encoded(path)}`,
      fromLeader: true,
      subject: `reading the mount of ${JSON.stringify(path)}`,
    };
    const answer = await this.#send(request, limits);
    const mount = mountOf(answer);
    if (mount === undefined) throw answerError(answer, unexpectedAnswer, request);
    if (mount.type !== "kv" && mount.type !== "generic") {
      throw misconfigured(
        "NOT_KV",
        `The path ${JSON.stringify(path)} leads to the engine mounted at ${JSON.stringify(mount.path)}, which has the type ${JSON.stringify(mount.type)} and is not a KV engine. Correct the path.`,
      );
    }
    const kvVersion = kvVersionOf(mount.options);
    if (kvVersion === undefined) throw answerError(answer, unexpectedAnswer, request);
    return { kvVersion, path: encoded(kvVersion === 1 ? path : valuePath(path, mount.path)) };
  }

  async #readAt(
    { kvVersion, path }: Location,
    given: string,
    limits: CallLimits,
  ): Promise<VaultSecret | undefined> {
    const request: ClientRequest = { method: "GET", path, subject: `reading ${JSON.stringify(given)}` };
    const answer = await this.#send(request, limits);
    if (kvVersion === 2) {
      const state = readState(answer);
      if (state === undefined) throw answerError(answer, unexpectedAnswer, request);
      if (state.status === "unreadable") throw answerError(answer, unreadableValue, request);
      if (state.status !== "found") return undefined;
      if (answer.text !== undefined) assertExactNumbers(answer.text);
      return { value: state.value, version: versionOf(state.stored) };
    }
    if (isAbsence(answer)) return undefined;
    const { status, data, requestId, text } = answer;
    if (status !== 200 || requestId === undefined) throw answerError(answer, unexpectedAnswer, request);
    if (typeof data !== "object" || data === null || Array.isArray(data))
      throw answerError(answer, unreadableValue, request);
    if (text !== undefined) assertExactNumbers(text);
    return { value: data as SecretValue };
  }

  /** @returns a success or an absence */
  async #send(request: ClientRequest, limits: CallLimits): Promise<VaultAnswer> {
    const sent = await this.#client.send(request, limits, "read").catch(throwPublicError);
    const { answer, classified } = sent;
    if (classified === undefined || isAbsence(answer) || isDeletedVersion(answer)) return answer;
    const isPolicy = classified.reason === "POLICY";
    const remedy = isPolicy ? policyRemedy(request.method, request.path, "") : undefined;
    throw answerError(answer, classified, { subject: request.subject, remedy });
  }
}

/** The path of the value on KV 2: with `data` behind the mount, which a path in the form of Vault's program lacks. */
function valuePath(path: string, mount: string): string {
  const inMount = path.slice(mount.length + 1);
  return inMount === "data" || inMount.startsWith("data/") ? path : `${mount}/data/${inMount}`;
}

function encoded(path: string): string {
  try {
    return encodePath(path);
  } catch (error) {
    if (!(error instanceof PathProblem)) throw error;
    throw new SecretsError("INVALID_ARGUMENT", `The path of a secret in Vault ${error.message}.`);
  }
}
