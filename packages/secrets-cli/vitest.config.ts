import { packageTests } from "@archestra/presets/vitest";

export default packageTests();
