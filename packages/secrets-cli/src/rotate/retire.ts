import { assertConfirmed } from "../program/assert-confirmed.ts";
import type { CommandContext } from "../program/command-context.ts";
import { openForRotation } from "./open.ts";

export interface RetireOptions {
  readonly yes?: boolean;
}

/** Marks a key as retired. */
export async function retire(context: CommandContext, options: RetireOptions, keyId: string): Promise<void> {
  const { output, signal } = context;
  await assertConfirmed(
    context,
    options,
    `Retire the key ${keyId}? A process whose current key it is does not start any more.`,
  );
  const rotation = await openForRotation(context);
  await rotation.retire(keyId, { signal });
  output.result({ retired: keyId }, (page) =>
    page.line(
      `The key ${keyId} is retired. Remove its secret from ARCHESTRA_SECRETS_ENCRYPTION_SECRET_PREVIOUS of every process.`,
    ),
  );
}
