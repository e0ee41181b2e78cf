import { packageTests } from "./presets/vitest.ts";

export default packageTests({
  globalSetup: [
    "test-servers/vault-global-setup.ts",
    "test-servers/kubernetes-global-setup.ts",
    "test-servers/aws-global-setup.ts",
  ],
});
