export { type DbOptions, dbPlugin } from "./db-plugin.ts";
export { type MigrationReport, migrateDatabase } from "./migrations/migrate-database.ts";
export type { MigrationOptions } from "./migrations/migration-settings.ts";
export { type PendingMigrations, pendingMigrations } from "./migrations/pending-migrations.ts";
export { type PrintMigrationsOptions, printMigrations } from "./migrations/print-migrations.ts";
export {
  type MoveDatabaseOptions,
  moveDatabase,
  type ReleaseDatabaseOptions,
  releaseDatabase,
} from "./move/move-database.ts";
export type { MoveProgress, MoveReport } from "./move/move-report.ts";
export type { RotationStep } from "./rotation/next-step.ts";
export { openRotation } from "./rotation/open-rotation.ts";
export type { Rotation, RotationCallOptions, SweepOptions } from "./rotation/rotation.ts";
export type { KeyStatus, RotationStatus } from "./rotation/rotation-status.ts";
export type { SurveyedRow, SurveyedState } from "./rotation/survey.ts";
export type { VerificationReport } from "./rotation/verification.ts";
export { type GrantsOptions, grants } from "./schema/grants.ts";
export type { SweepProgress, SweepReport } from "./sweep/key-sweep.ts";
