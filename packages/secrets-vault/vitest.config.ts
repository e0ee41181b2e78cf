import { packageTests } from "../../tools/presets/vitest.ts";

export default packageTests();
