/*
 * For authors of plugins: the contract of backends and the parts of descriptors.
 * Applications import "@archestra/secrets-core" instead.
 */

export type {
  CallContext,
  Capabilities,
  DeleteExpectation,
  Expectation,
  Health,
  HealthProblem,
  ListRange,
  ReadResult,
  SecretsBackend,
  StoredInfo,
  StoredSecret,
} from "./backend/backend.ts";
export type { LogFields, Logger } from "./backend/logger.ts";
export { backoff } from "./call/backoff.ts";
export type { EventOutcome, EventPublisher, TracedEvent } from "./call/event-channel.ts";
export {
  type LoginEvent,
  loginEvents,
  type MoveEvent,
  moveEvents,
  type RenewalEvent,
  renewalEvents,
  type SweepEvent,
  sweepEvents,
} from "./call/events.ts";
export { type FailedCall, wrapError } from "./call/wrap-error.ts";
export { ConfigurationError, type ConfigurationIssue } from "./errors/configuration-error.ts";
export { isDamagedSecret } from "./errors/damaged-secret.ts";
export type { SecretsErrorCode } from "./errors/error-codes.ts";
export { printableText } from "./errors/printable-text.ts";
export type { SecretsErrorReason } from "./errors/reasons.ts";
export { isSecretsError, SecretsError, type SecretsErrorOptions } from "./errors/secrets-error.ts";
export {
  secretChanged,
  secretExists,
  secretNotFound,
} from "./errors/unmet-expectation.ts";
export {
  type DiagnoseOptions,
  diagnoseSecretsManager,
  type PluginDiagnosis,
  type SecretsManagerDiagnosis,
} from "./manager/diagnose-secrets-manager.ts";
export { NameQueue } from "./manager/name-queue.ts";
export { openStandalone, type StandaloneOptions } from "./manager/open-standalone.ts";
export type {
  DiagnosedFact,
  DiagnosisContext,
  Finding,
  OwnedSecrets,
  Remedy,
} from "./registry/diagnosis.ts";
export { backend, defineKind, type Kind } from "./registry/kind.ts";
export type { OpenedPlugin } from "./registry/open-plugin.ts";
export {
  definePlugin,
  isPlugin,
  type Plugin,
  type PluginContext,
  type PluginDefinition,
} from "./registry/plugin.ts";
export { readFileInTime } from "./registry/read-text-file.ts";
export { type CoreSettingDescription, coreSettings } from "./registry/resolve-secrets-manager.ts";
export {
  type LiveSetting,
  type OptionDeclaration,
  type OptionsOf,
  option,
  type Setting,
  type SettingDeclarations,
  type SettingsOf,
  type SlotDeclaration,
  slot,
  type VariableDeclaration,
  variable,
} from "./registry/setting.ts";
export {
  booleanSetting,
  refused,
  type SettingSchema,
  settingSchema,
  stringSetting,
} from "./registry/setting-schemas.ts";
export type { SchemaIssue, SchemaResult, StandardSchema } from "./registry/standard-schema.ts";
export { withTimeout } from "./registry/with-timeout.ts";
export { assertExactNumbers } from "./secret/exact-numbers.ts";
export { isSameValue } from "./secret/same-value.ts";
export type { JsonValue, SecretRevision, SecretValue, SecretVersion } from "./secret/secret.ts";
export { assertSecretName, compareNames, isSecretName } from "./secret/secret-name.ts";
