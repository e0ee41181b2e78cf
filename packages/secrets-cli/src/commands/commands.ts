import type { Command } from "commander";
import type { RunCommand } from "../program/run-command.ts";
import { declareComplete } from "./complete.ts";
import { declareDelete } from "./delete.ts";
import { declareDoctor } from "./doctor.ts";
import { declareEnv } from "./env.ts";
import { declareExport } from "./export.ts";
import { declareGet } from "./get.ts";
import { declareHistory } from "./history.ts";
import { declareImport } from "./import.ts";
import { declareList } from "./list.ts";
import { declareMigrate } from "./migrate.ts";
import { declarePolicy } from "./policy.ts";
import { declareReferences } from "./references.ts";
import { declareRotate } from "./rotate.ts";
import { declareRun } from "./run.ts";
import { declareSchema } from "./schema.ts";
import { declareSet } from "./set.ts";

/** The commands of the program by name, in the order of its help. Declaring one loads nothing that only running it needs. */
export const commands: Readonly<Record<string, (run: RunCommand) => Command>> = {
  doctor: declareDoctor,
  list: declareList,
  get: declareGet,
  set: declareSet,
  delete: declareDelete,
  history: declareHistory,
  import: declareImport,
  export: declareExport,
  migrate: declareMigrate,
  rotate: declareRotate,
  schema: declareSchema,
  references: declareReferences,
  run: declareRun,
  env: declareEnv,
  policy: declarePolicy,
  complete: declareComplete,
};
