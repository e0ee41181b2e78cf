import type { Command } from "commander";

/**
 * Refuses the options of a parent command that the subcommand does not declare, such as `--to` of `migrate` for
 * `migrate finalize`. The library accepts them in any place; only those of the program are meant for every command.
 *
 * @throws CommanderError
 */
export function refuseOptionsOfParent(command: Command): void {
  const { parent } = command;
  if (!parent?.parent) return;
  const own = new Set(command.options.map((option) => option.attributeName()));
  for (const option of parent.options) {
    const key = option.attributeName();
    if (own.has(key) || parent.getOptionValueSource(key) !== "cli") continue;
    command.error(`error: unknown option '${option.long}'`);
  }
}
