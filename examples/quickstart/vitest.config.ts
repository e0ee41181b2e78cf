import { packageTests } from "@archestra/presets/vitest";

export default packageTests({
  globalSetup: [
    "@archestra/test-servers/vault-global-setup",
    "@archestra/test-servers/kubernetes-global-setup",
    "@archestra/test-servers/aws-global-setup",
    "@archestra/test-servers/postgres-global-setup",
    "@archestra/test-servers/redis-global-setup",
  ],
});
