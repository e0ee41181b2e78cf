import type { CommandContext } from "./command-context.ts";
import { CommandError } from "./command-error.ts";

/**
 * Asks whether to go on, unless `--yes` was given.
 *
 * @throws CommandError when the answer is not yes
 */
export async function assertConfirmed(
  { input }: CommandContext,
  { yes = false }: { readonly yes?: boolean },
  question: string,
): Promise<void> {
  if (yes || (await input.confirm(question))) return;
  throw new CommandError("NOT_CONFIRMED", "The answer was not yes, so nothing was changed.");
}
