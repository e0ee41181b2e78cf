import type { Environment } from "@archestra/secrets-core";
import { onTestFinished } from "vitest";
import { openRotation, type Rotation } from "../../src/index.ts";
import { recordedLogger } from "./recorded-logger.ts";

/** Opens a rotation with exactly these variables. It is closed when the test ends. */
export async function startRotation(env: Environment): Promise<Rotation> {
  const rotation = await openRotation({}, { env, logger: recordedLogger() });
  onTestFinished(() => rotation.close());
  return rotation;
}

/** The variables of each step of a key's change, as a rollout sets them in every process. */
export function rollouts(
  old: string,
  next: string,
): { readonly old: Environment; readonly prepared: Environment; readonly promoted: Environment } {
  return {
    old: { ARCHESTRA_SECRETS_ENCRYPTION_SECRET: old },
    prepared: {
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: old,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: next,
    },
    promoted: {
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET: next,
      ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS: old,
    },
  };
}
