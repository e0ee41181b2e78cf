import { option, slot, variable } from "@archestra/secrets-core/plugin";
import type { Dispatcher } from "undici";
import { vaultAuth } from "./auth/vault-auth-method.ts";
import { vaultAddress } from "./http/vault-address.ts";
import { licenseSetting } from "./license-setting.ts";
import { kvVersionSetting } from "./paths/kv-version-setting.ts";
import { vaultPath } from "./paths/vault-path-setting.ts";

/** Everything that can be set, in the order of messages and tables. */
export const vaultSettings = {
  address: variable("ARCHESTRA_HASHICORP_VAULT_ADDR", {
    schema: vaultAddress,
    schemaWordsAreSafe: true,
    required: true,
    description:
      "Where Vault is, such as `https://vault.example.com:8200`, or the socket of an agent, such as `unix:/run/vault/agent.sock`.",
  }),
  license: variable("ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED", {
    schema: licenseSetting,
    // A license value may be a secret, and is of no use in a description.
    secret: true,
    required: true,
    countsAsMissing: (isActivated) => !isActivated,
    description:
      "Your enterprise license value, which activates the Vault manager. `false`, `0`, `no` and `off` count as not set.",
  }),
  auth: slot(vaultAuth, {
    variable: "ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD",
    default: "TOKEN",
    description: "How to authenticate with Vault.",
  }),
  kvVersion: variable("ARCHESTRA_HASHICORP_VAULT_KV_VERSION", {
    schema: kvVersionSetting,
    schemaWordsAreSafe: true,
    default: "2",
    description: "The version of the KV engine at the mount: 1 or 2. Version 1 has no versions of secrets.",
  }),
  secretPath: variable("ARCHESTRA_HASHICORP_VAULT_SECRET_PATH", {
    schema: vaultPath,
    schemaWordsAreSafe: true,
    description:
      "The prefix under which the secrets lie, with the mount and, on version 2, `data`. Not set: `secret/data/archestra` on version 2, `secret/archestra` on version 1.",
  }),
  secretMetadataPath: variable("ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH", {
    schema: vaultPath,
    schemaWordsAreSafe: true,
    description:
      "The prefix of the metadata on version 2, used as given, such as for a proxy that rewrites paths. Not set: the prefix of the secrets with `metadata` in the place of `data`. Version 1 ignores it.",
  }),
  namespace: variable("ARCHESTRA_HASHICORP_VAULT_NAMESPACE", {
    schema: vaultPath,
    schemaWordsAreSafe: true,
    description: "The namespace of the secrets, in Vault Enterprise, HCP Vault and OpenBao.",
  }),
  authNamespace: variable("ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE", {
    schema: vaultPath,
    schemaWordsAreSafe: true,
    description:
      "The namespace of the login, where it is not that of the secrets, such as its parent. `root`: the root namespace. Not set: the namespace of the secrets.",
  }),
  // Secret, since a private key is put there by mistake, alone or in one file with its certificate.
  caCertificate: variable("ARCHESTRA_HASHICORP_VAULT_CACERT", {
    secret: true,
    live: true,
    description:
      "The authorities that sign Vault's certificate: the path of a PEM file, or PEM itself. It is read again for each new connection. Not set: those that Node knows.",
  }),
  clientCertificate: variable("ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT", {
    secret: true,
    live: true,
    description:
      "The certificate with which this client shows who it is: the path of a PEM file, or PEM itself. It is read again for each new connection.",
  }),
  clientKey: variable("ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY", {
    secret: true,
    live: true,
    description: "The private key of the client's certificate: the path of a PEM file, or PEM itself.",
  }),
  tlsServerName: variable("ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME", {
    description: "The name that Vault's certificate must hold. Not set: the host of the address.",
  }),
  dispatcher: option<Dispatcher>({
    description:
      "A dispatcher of undici through which the requests go, such as a `ProxyAgent`; it stays open. Given, the TLS settings are its own.",
  }),
};
