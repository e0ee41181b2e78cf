import type { CallRunner } from "../call/running-call.ts";
import type { Resolution } from "../registry/resolve-secrets-manager.ts";
import type { SecretCache } from "../store/secret-cache.ts";
import type { SecretStore } from "../store/secret-store.ts";

/** What a manager is made of; `createSecretsManager` puts it together. */
export interface ManagerInternals {
  readonly store: SecretStore;
  /** Where new secrets lie, in words. */
  readonly location: string;
  readonly resolution: Resolution;
  readonly dispose: () => Promise<void>;
  readonly cache: SecretCache | undefined;
  readonly runner: CallRunner;
}
