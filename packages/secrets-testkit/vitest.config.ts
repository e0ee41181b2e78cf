import { packageTests } from "@archestra/presets/vitest";

// The suites of broken backends mostly wait.
export default packageTests({ maxConcurrency: 8 });
