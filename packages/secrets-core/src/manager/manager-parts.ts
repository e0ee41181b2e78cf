import type { Resolution } from "../registry/resolve-secrets-manager.ts";
import type { Gateway } from "./gateway.ts";
import type { SecretCache } from "./secret-cache.ts";
import type { SecretStore } from "./secret-store.ts";

/** What a manager is made of; `createSecretsManager` puts it together. */
export interface ManagerParts {
  readonly store: SecretStore;
  /** Where new secrets lie, in words. */
  readonly location: string;
  readonly resolution: Resolution;
  readonly dispose: () => Promise<void>;
  readonly cache: SecretCache | undefined;
  readonly gateway: Gateway;
}
