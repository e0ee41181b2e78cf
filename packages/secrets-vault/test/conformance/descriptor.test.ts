import { testPlugin } from "@archestra/secrets-testkit/vitest";
import { tokenAuth } from "@archestra/vault-auth-token";
import { afterAll, expect } from "vitest";
import { vaultPlugin } from "../../src/index.ts";

const { report } = testPlugin({
  name: "VAULT",
  harness: {
    plugin: vaultPlugin,
    plugins: [tokenAuth()],
    accepted: {
      ARCHESTRA_HASHICORP_VAULT_ADDR: "https://vault.example.com:8200",
      ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED: "license-of-the-test",
      ARCHESTRA_HASHICORP_VAULT_KV_VERSION: "1",
      ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: "kv/team a",
      ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH: "kv/metadata/team a",
      ARCHESTRA_HASHICORP_VAULT_NAMESPACE: "team/a",
      ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE: "team",
      ARCHESTRA_HASHICORP_VAULT_TOKEN: "hvs.not-a-real-token",
      ARCHESTRA_HASHICORP_VAULT_CACERT: "/etc/ssl/vault.pem",
      ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT: "/etc/ssl/client.pem",
      ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY: "/etc/ssl/client-key.pem",
      ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME: "vault.internal",
    },
    refused: {
      ARCHESTRA_HASHICORP_VAULT_ADDR: "vault.example.com:8200",
      ARCHESTRA_HASHICORP_VAULT_KV_VERSION: "3",
      ARCHESTRA_HASHICORP_VAULT_SECRET_PATH: "//v1/secret",
      ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH: "secret/../metadata",
      ARCHESTRA_HASHICORP_VAULT_NAMESPACE: "team//a",
      ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE: "/",
    },
  },
});

afterAll(() => {
  const { cases, summary } = report();
  expect(summary.failed).toBe(0);
  // Every text is a license value.
  expect(cases.filter(({ status }) => status === "gap").map(({ reason }) => reason)).toEqual([
    "the harness has no `refused.ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED`",
  ]);
});
