import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import type { SecretsManager } from "@archestra/secrets-core";
import { plantedText } from "@archestra/test-harness/planted-values";
import { expect, onTestFinished } from "vitest";
import { openVault, tokenEnv, vaultEnv } from "./open-vault.ts";
import { recordedLogger } from "./recorded-logger.ts";

/** A manager whose Vault is not there, and the reason of its errors that belongs to how it is not. */
export interface WithoutVault {
  readonly manager: SecretsManager;
  readonly reason: "UNREACHABLE" | "CONNECTION_LOST";
}

/** Managers without Vault: nothing accepts connections, the name is not known, each connection is closed at once. */
export async function managersWithoutVault(timeout: number): Promise<WithoutVault[]> {
  const closing = createServer((socket) => socket.destroy());
  closing.listen(0, "127.0.0.1");
  await once(closing, "listening");
  onTestFinished(() => void closing.close());
  const { port } = closing.address() as AddressInfo;
  const places = [
    { address: "http://127.0.0.1:1", reason: "UNREACHABLE" },
    { address: "http://vault.invalid:8200", reason: "UNREACHABLE" },
    { address: `http://127.0.0.1:${port}`, reason: "CONNECTION_LOST" },
  ] as const;
  const opening = places.map(async ({ address, reason }) => {
    const logger = recordedLogger();
    const manager = await openVault(vaultEnv(address, tokenEnv(plantedText())), { timeout, logger });
    const warnings = logger.warnings.map(({ fields }) => fields.code);
    expect(warnings).toContain("ARCHESTRA_SECRETS_VAULT_UNAVAILABLE_AT_START");
    return { manager, reason };
  });
  return Promise.all(opening);
}
