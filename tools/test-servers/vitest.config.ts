import { packageTests } from "@archestra/presets/vitest";

export default packageTests({
  globalSetup: ["vault-global-setup.ts", "kubernetes-global-setup.ts", "aws-global-setup.ts"],
});
