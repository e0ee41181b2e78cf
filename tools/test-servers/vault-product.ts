import { findOpenBaoBinary } from "./openbao-binary.ts";
import { TestServerUnavailable } from "./server-unavailable.ts";
import { findVaultBinary } from "./vault-binary.ts";
import type { VaultSettings } from "./vault-configuration.ts";

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
  /** What its listener needs to accept every value that an application can have. */
  readonly listenerForLargeValues: VaultSettings;
  /** Whether it says of a request that it refused the token, and not only that it refused the request. */
  readonly tellsInvalidTokens: boolean;
  /** Whether a standby answers reads itself, from what has reached it. */
  readonly standbysServeReads: boolean;
}

/** HashiCorp's Vault, Community Edition. */
export const hashicorpVault: VaultProduct = {
  title: "Vault",
  findBinary: () => findVaultBinary(),
  auditDevice: "request",
  hasFileStorage: true,
  listenerForLargeValues: {},
  tellsInvalidTokens: true,
  standbysServeReads: false,
};

/** OpenBao, the fork of Vault by the Linux Foundation. */
export const openBao: VaultProduct = {
  title: "OpenBao",
  findBinary: findOpenBaoBinary,
  auditDevice: "configuration",
  hasFileStorage: false,
  listenerForLargeValues: { max_request_json_strings: 100_000 },
  tellsInvalidTokens: false,
  standbysServeReads: true,
};

/**
 * The product on which tests run that do not name one: the one that the variable VAULT_PRODUCT names, `vault` or `openbao`.
 * Otherwise Vault, where it is at hand or in CI, and OpenBao on every other machine.
 */
export async function chosenProduct(): Promise<VaultProduct> {
  const named = process.env.VAULT_PRODUCT?.toLowerCase();
  if (named !== undefined && named !== "") {
    const product = [hashicorpVault, openBao].find(({ title }) => title.toLowerCase() === named);
    if (product !== undefined) return product;
    throw new TestServerUnavailable(
      "VAULT_PRODUCT names no product.",
      "Set it to `vault` or `openbao`, or unset it.",
    );
  }
  if (process.env.CI) return hashicorpVault;
  return findVaultBinary().then(
    () => hashicorpVault,
    (error) => {
      // A variable that names no Vault is a mistake, and not a reason to take something else.
      if (process.env.VAULT_BINARY) throw error;
      return openBao;
    },
  );
}
