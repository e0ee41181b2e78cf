/*
 * The names of attributes. `error.type` is of OpenTelemetry's semantic conventions. They have none for secrets, so that all
 * others are in a namespace of our own.
 */

export const ERROR_TYPE = "error.type";
export const OPERATION = "archestra.secrets.operation";
export const MANAGER = "archestra.secrets.manager";
export const OWNER = "archestra.secrets.owner";
export const NAME = "archestra.secrets.name";
export const CACHE_HIT = "archestra.secrets.cache.hit";
export const ATTEMPTS = "archestra.secrets.attempts";
export const REFRESH_OUTCOME = "archestra.secrets.refresh.outcome";
export const ERROR_REASON = "archestra.secrets.error.reason";
export const ERROR_RETRYABLE = "archestra.secrets.error.retryable";
export const BACKGROUND = "archestra.secrets.background";
export const TOKEN_TTL = "archestra.secrets.token.ttl";
export const PURPOSE = "archestra.secrets.sweep.purpose";
/** `changed`, `failed`, `done` or `skipped`. */
export const RESULT = "archestra.secrets.result";
export const ROWS_CHANGED = "archestra.secrets.rows.changed";
export const ROWS_FAILED = "archestra.secrets.rows.failed";
export const SECRETS_DONE = "archestra.secrets.secrets.done";
export const SECRETS_SKIPPED = "archestra.secrets.secrets.skipped";
export const SECRETS_FAILED = "archestra.secrets.secrets.failed";
