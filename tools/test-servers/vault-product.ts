import { findOpenBaoBinary } from "./openbao-binary.ts";
import { findVaultBinary } from "./vault-binary.ts";

/** A server program that speaks Vault's protocol, and how it is operated in another way than the others. */
export interface VaultProduct {
  /** As a person calls it. */
  readonly title: "Vault" | "OpenBao";
  /** @throws {TestServerUnavailable} when it cannot be had on this machine */
  findBinary(): Promise<string>;
  /** How an audit device is enabled: by a request to a running server, or in its configuration alone. */
  readonly auditDevice: "request" | "configuration";
  /** Whether it can keep its data in files, without raft. */
  readonly hasFileStorage: boolean;
  /** Whether a standby answers reads itself, from what has reached it. */
  readonly standbysServeReads: boolean;
}

/** HashiCorp's Vault, Community Edition. */
export const hashicorpVault: VaultProduct = {
  title: "Vault",
  findBinary: findVaultBinary,
  auditDevice: "request",
  hasFileStorage: true,
  standbysServeReads: false,
};

/** OpenBao, the fork of Vault by the Linux Foundation. */
export const openBao: VaultProduct = {
  title: "OpenBao",
  findBinary: findOpenBaoBinary,
  auditDevice: "configuration",
  hasFileStorage: false,
  standbysServeReads: true,
};
