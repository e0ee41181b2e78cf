import type { SecretsErrorCode } from "@archestra/secrets-core/plugin";
import type { ErrorReply } from "@redis/client";

/** The codes of error replies with which Redis refuses a command before it runs it. */
const refusals: Readonly<Record<string, SecretsErrorCode>> = {
  NOAUTH: "UNAUTHENTICATED",
  WRONGPASS: "UNAUTHENTICATED",
  NOPERM: "PERMISSION_DENIED",
  DENIED: "PERMISSION_DENIED",
  LOADING: "UNAVAILABLE",
  BUSY: "UNAVAILABLE",
  OOM: "UNAVAILABLE",
  MISCONF: "UNAVAILABLE",
  READONLY: "UNAVAILABLE",
  NOREPLICAS: "UNAVAILABLE",
  MASTERDOWN: "UNAVAILABLE",
  CLUSTERDOWN: "UNAVAILABLE",
  MAXCLIENTS: "UNAVAILABLE",
};

/** An error reply of Redis, without its text: that may repeat the arguments of the command, such as a value. */
export class RedisRefusal extends Error {
  override readonly name = "RedisRefusal";
  /** The first word of the reply, such as `NOPERM`. */
  readonly code: string;
  /** Whether Redis has not run the command. A script that fails may have run a part. */
  readonly isProven: boolean;

  constructor({ message }: ErrorReply) {
    super("Redis refused the command.");
    const isFull = message.includes("max number of clients");
    this.code = isFull ? "MAXCLIENTS" : (/^-?([A-Z]+)\b/.exec(message)?.[1] ?? "ERR");
    this.isProven = this.code in refusals && !/script/i.test(message);
  }
}

/** The connection was lost, or the caller stopped waiting, after a command was sent: Redis may have run it. */
export class AnswerLost extends Error {
  override readonly name = "AnswerLost";
  readonly code = "ANSWER_LOST";
}

/** There is no connection, and no command was sent. */
export class NoConnection extends Error {
  override readonly name = "NoConnection";
  readonly code: string;

  constructor(cause: unknown) {
    super("There is no connection to Redis.");
    const code = (cause as NodeJS.ErrnoException | undefined)?.code;
    this.code = typeof code === "string" ? code : "NO_CONNECTION";
  }
}

/** The answer does not have the form of Redis' answer to this command: another server sent it. */
export class StrangeAnswer extends Error {
  override readonly name = "StrangeAnswer";
  readonly code = "STRANGE_ANSWER";
}

/** The code of an error of this plugin's connections. Undefined: an unknown error. */
export function codeOfRedisError(error: unknown): SecretsErrorCode | undefined {
  if (error instanceof RedisRefusal) {
    if (error.code === "WRONGTYPE") return "INVALID_VALUE";
    return Object.hasOwn(refusals, error.code) ? refusals[error.code] : "INTERNAL";
  }
  if (error instanceof NoConnection) {
    const isTls = /^(?:CERT_|ERR_TLS|ERR_SSL|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/.test(error.code);
    return isTls ? "INVALID_CONFIGURATION" : "UNAVAILABLE";
  }
  if (error instanceof AnswerLost || error instanceof StrangeAnswer) return "UNAVAILABLE";
  return undefined;
}
