import { packageTests } from "@archestra/presets/vitest";

export default packageTests({ setupFiles: ["test/setup/planted-values.ts"] });
