export type { Capabilities, Health, HealthProblem } from "./backend/backend.ts";
export type { LogFields, Logger } from "./backend/logger.ts";
export type {
  CallOptions,
  ConditionalOptions,
  ListFoldersOptions,
  ListOptions,
} from "./call/call-options.ts";
export type { EventOutcome, TracedEvent } from "./call/event-channel.ts";
export type {
  CallEvent,
  LoginEvent,
  MoveEvent,
  RefreshEvent,
  RenewalEvent,
  SweepEvent,
} from "./call/events.ts";
export { ConfigurationError, type ConfigurationIssue } from "./errors/configuration-error.ts";
export type { SecretsErrorCode } from "./errors/error-codes.ts";
export { grantEnded, unstoredValue } from "./errors/failed-refresh.ts";
export type { SecretsErrorReason } from "./errors/reasons.ts";
export type { SanitizedCause } from "./errors/sanitized-cause.ts";
export { isSecretsError, SecretsError, type SecretsErrorOptions } from "./errors/secrets-error.ts";
export { type CreateSecretsManagerOptions, createSecretsManager } from "./manager/create-secrets-manager.ts";
export type { RefreshContext, RefreshOptions } from "./manager/refresh-options.ts";
export type { SecretsInTransaction } from "./manager/secrets-in-transaction.ts";
export { type ManagerDescription, SecretsManager } from "./manager/secrets-manager.ts";
export type { BulkOptions, BulkProgress, BulkReport, FailedSecret } from "./migration/bulk-report.ts";
export {
  type FinalizeMigrationOptions,
  finalizeMigration,
  type MigrateSecretsOptions,
  migrateSecrets,
  type RebindPathsOptions,
  rebindPaths,
} from "./migration/migration.ts";
export type { FallbackDescription } from "./registry/fallback-rule.ts";
export type { Plugin } from "./registry/plugin.ts";
export type { Environment, SettingSource } from "./registry/read-setting.ts";
export type { SettingDescription } from "./registry/resolve-plugin.ts";
export {
  type Resolution,
  type ResolveOptions,
  resolveSecretsManager,
} from "./registry/resolve-secrets-manager.ts";
export type { SchemaOutput, StandardSchema } from "./registry/standard-schema.ts";
export type {
  JsonValue,
  Secret,
  SecretFolder,
  SecretInfo,
  SecretRevision,
  SecretValue,
  SecretVersion,
} from "./secret/secret.ts";
export type { GenericInput, JsonInput, SecretInput } from "./secret/secret-input.ts";
export type { SecretNameRule } from "./secret/secret-name.ts";
export type { SecretValueRule } from "./secret/secret-value.ts";
export type { CacheOptions } from "./store/secret-cache.ts";
export type { GetManyResult } from "./store/secret-store.ts";
