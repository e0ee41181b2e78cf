import { option, slot, variable } from "@archestra/secrets-core/plugin";
import { vaultAuth } from "../auth/vault-auth-method.ts";
import type { RequestDispatcher } from "../http/request-dispatcher.ts";
import { vaultAddress } from "../http/vault-address.ts";
import { kvVersionSetting, licenseSetting, vaultPath } from "./setting-schemas.ts";

/** Everything that can be set, in the order of messages and tables. */
export const vaultSettings = {
  /**
   * Where Vault is, such as `https://vault.example.com:8200`, or the socket of an agent, such as
   * `unix:/run/vault/agent.sock`.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_ADDR`.
   */
  address: variable("ARCHESTRA_HASHICORP_VAULT_ADDR", {
    schema: vaultAddress,
    schemaMessagesAreSafe: true,
    required: true,
    description:
      "Where Vault is, such as `https://vault.example.com:8200`, or the socket of an agent, such as `unix:/run/vault/agent.sock`.",
  }),
  /**
   * A switch that the original product has, kept so that its deployments behave the same: any value activates the
   * Vault manager, such as `true`. `false`, `0`, `no` and `off` count as not set. No license is checked, and none is
   * needed: this package is under the MIT license.
   *
   * Variable: `ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED`.
   */
  license: variable("ARCHESTRA_ENTERPRISE_LICENSE_ACTIVATED", {
    schema: licenseSetting,
    // Deployments of the original product may have a license value here, which is of no use in a description.
    secret: true,
    required: true,
    countsAsMissing: (isActivated) => !isActivated,
    description:
      "A switch that the original product has, kept so that its deployments behave the same: any value activates the Vault manager, such as `true`. `false`, `0`, `no` and `off` count as not set. No license is checked, and none is needed: this package is under the MIT license.",
    remedy: "Set it to `true`.",
  }),
  /**
   * How to authenticate with Vault.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD`. Default: `TOKEN`.
   */
  auth: slot(vaultAuth, {
    variable: "ARCHESTRA_HASHICORP_VAULT_AUTH_METHOD",
    default: "TOKEN",
    description: "How to authenticate with Vault.",
  }),
  /**
   * The version of the KV engine at the mount: 1 or 2. Version 1 has no versions of secrets.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_KV_VERSION`. Default: `2`.
   */
  kvVersion: variable("ARCHESTRA_HASHICORP_VAULT_KV_VERSION", {
    schema: kvVersionSetting,
    schemaMessagesAreSafe: true,
    default: "2",
    description: "The version of the KV engine at the mount: 1 or 2. Version 1 has no versions of secrets.",
  }),
  /**
   * The prefix under which the secrets are stored, with the mount and, on version 2, `data`. Not set:
   * `secret/data/archestra` on version 2, `secret/archestra` on version 1.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_SECRET_PATH`.
   */
  secretPath: variable("ARCHESTRA_HASHICORP_VAULT_SECRET_PATH", {
    schema: vaultPath,
    schemaMessagesAreSafe: true,
    description:
      "The prefix under which the secrets are stored, with the mount and, on version 2, `data`. Not set: `secret/data/archestra` on version 2, `secret/archestra` on version 1.",
  }),
  /**
   * The prefix of the metadata on version 2, used as given, for example with a proxy that rewrites paths. Not set: the
   * prefix of the secrets with `metadata` instead of `data`. Version 1 ignores it.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH`.
   */
  secretMetadataPath: variable("ARCHESTRA_HASHICORP_VAULT_SECRET_METADATA_PATH", {
    schema: vaultPath,
    schemaMessagesAreSafe: true,
    description:
      "The prefix of the metadata on version 2, used as given, for example with a proxy that rewrites paths. Not set: the prefix of the secrets with `metadata` instead of `data`. Version 1 ignores it.",
  }),
  /**
   * The namespace of the secrets, in Vault Enterprise, HCP Vault and OpenBao.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_NAMESPACE`.
   */
  namespace: variable("ARCHESTRA_HASHICORP_VAULT_NAMESPACE", {
    schema: vaultPath,
    schemaMessagesAreSafe: true,
    description: "The namespace of the secrets, in Vault Enterprise, HCP Vault and OpenBao.",
  }),
  /**
   * The namespace of the login, where it is not that of the secrets, such as its parent. `root`: the root namespace.
   * Not set: the namespace of the secrets.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE`.
   */
  authNamespace: variable("ARCHESTRA_HASHICORP_VAULT_AUTH_NAMESPACE", {
    schema: vaultPath,
    schemaMessagesAreSafe: true,
    description:
      "The namespace of the login, where it is not that of the secrets, such as its parent. `root`: the root namespace. Not set: the namespace of the secrets.",
  }),
  /**
   * The authorities that sign Vault's certificate: the path of a PEM file, or PEM itself. It is read again for each
   * new connection. Not set: those that Node trusts.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_CACERT`.
   */
  // Secret, since a private key is put there by mistake, alone or in one file with its certificate.
  caCertificate: variable("ARCHESTRA_HASHICORP_VAULT_CACERT", {
    secret: true,
    live: true,
    description:
      "The authorities that sign Vault's certificate: the path of a PEM file, or PEM itself. It is read again for each new connection. Not set: those that Node trusts.",
  }),
  /**
   * The certificate with which this client identifies itself: the path of a PEM file, or PEM itself. It is read again
   * for each new connection.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT`.
   */
  clientCertificate: variable("ARCHESTRA_HASHICORP_VAULT_CLIENT_CERT", {
    secret: true,
    live: true,
    description:
      "The certificate with which this client identifies itself: the path of a PEM file, or PEM itself. It is read again for each new connection.",
  }),
  /**
   * The private key of the client's certificate: the path of a PEM file, or PEM itself.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY`.
   */
  clientKey: variable("ARCHESTRA_HASHICORP_VAULT_CLIENT_KEY", {
    secret: true,
    live: true,
    description: "The private key of the client's certificate: the path of a PEM file, or PEM itself.",
  }),
  /**
   * The name that Vault's certificate must contain. Not set: the host of the address.
   *
   * Variable: `ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME`.
   */
  tlsServerName: variable("ARCHESTRA_HASHICORP_VAULT_TLS_SERVER_NAME", {
    description: "The name that Vault's certificate must contain. Not set: the host of the address.",
  }),
  /**
   * A dispatcher of undici 7 or newer through which the requests go, such as a `ProxyAgent`; it stays open. Given, the TLS
   * settings are its own.
   *
   * Only in code.
   */
  dispatcher: option<RequestDispatcher>({
    description:
      "A dispatcher of undici 7 or newer through which the requests go, such as a `ProxyAgent`; it stays open. Given, the TLS settings are its own.",
  }),
};

/** The settings that lead to Vault, whatever is read there. */
export const connectionSettings = {
  address: vaultSettings.address,
  auth: vaultSettings.auth,
  namespace: vaultSettings.namespace,
  authNamespace: vaultSettings.authNamespace,
  caCertificate: vaultSettings.caCertificate,
  clientCertificate: vaultSettings.clientCertificate,
  clientKey: vaultSettings.clientKey,
  tlsServerName: vaultSettings.tlsServerName,
  dispatcher: vaultSettings.dispatcher,
};
