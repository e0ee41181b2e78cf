export type {
  ArrangeFault,
  BackendHarness,
  Fault,
  FaultForms,
  ImpossibleFault,
  LiftFault,
  TestStore,
} from "./backend/backend-harness.ts";
export type { HarnessOptions } from "./backend/stores-of-cases.ts";
export {
  type BackendGroup,
  type BackendSuiteOptions,
  runBackendSuite,
  testBackend,
} from "./backend/test-backend.ts";
export {
  type OwnershipStoreGroup,
  type OwnershipStoreSuiteOptions,
  runOwnershipStoreSuite,
  testOwnershipStore,
} from "./ownership/test-ownership-store.ts";
export type { PluginHarness } from "./plugin/plugin-harness.ts";
export {
  type PluginGroup,
  type PluginSuiteOptions,
  runPluginSuite,
  testPlugin,
} from "./plugin/test-plugin.ts";
export type { CaseResult, CaseStatus, ConformanceReport } from "./report/conformance-report.ts";
export type { RegisteredSuite, SuiteOptions } from "./runner/run-suite.ts";
export type { TestContext, TestRunner } from "./runner/test-runner.ts";
