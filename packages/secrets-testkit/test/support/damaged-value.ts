import type { CallContext, SecretsBackend } from "@archestra/secrets-core/plugin";

/** Whether a secret in memory is damaged: what `seedRaw` stored is a text and not an object. */
export async function isDamaged(inner: SecretsBackend, name: string, context: CallContext): Promise<boolean> {
  const secret = await inner.get(name, context);
  return typeof secret?.value === "string";
}
