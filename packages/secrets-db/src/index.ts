export {
  type ArchestraContent,
  type ArchestraRow,
  type ArchestraTable,
  type ArchestraTableOptions,
  openArchestraTable,
} from "./archestra-table/open-archestra-table.ts";
export { dbPlugin } from "./db-plugin.ts";
export {
  type MigrationOptions,
  type MigrationReport,
  migrateDatabase,
  type PendingMigrations,
  pendingMigrations,
} from "./migrations/migrate-database.ts";
export { type PrintMigrationsOptions, printMigrations } from "./migrations/print-migrations.ts";
export {
  type CheckDatabaseMoveOptions,
  checkDatabaseMove,
  type MoveCheck,
  type MoveDatabaseOptions,
  type MoveProgress,
  type MoveReport,
  moveDatabase,
  type ReleaseDatabaseOptions,
  releaseDatabase,
} from "./move/move-database.ts";
export type { RotationStep } from "./rotation/next-step.ts";
export {
  openRotation,
  type Rotation,
  type RotationCallOptions,
  type SweepOptions,
} from "./rotation/open-rotation.ts";
export type { KeyStatus, RotationStatus } from "./rotation/rotation-status.ts";
export type { SurveyedRow, SurveyedState, VerificationReport } from "./rotation/survey.ts";
export { type GrantsOptions, grants } from "./schema/grants.ts";
export type { DbOptions } from "./settings/db-settings.ts";
export type { SweepProgress, SweepReport } from "./sweep/key-sweep.ts";
