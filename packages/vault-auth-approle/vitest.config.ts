import { packageTests } from "../../tools/presets/vitest.ts";

export default packageTests({ globalSetup: ["../../tools/test-servers/vault-global-setup.ts"] });
