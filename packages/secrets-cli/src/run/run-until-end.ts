import type { Output } from "../output/output.ts";
import { PassedSignals } from "./passed-signals.ts";
import { StartedCommand } from "./started-command.ts";
import { changedNames, type VariableChanges } from "./variable-changes.ts";
import type { Variables } from "./variable-reader.ts";

/** How a command runs. */
export interface RunOptions {
  readonly command: readonly string[];
  readonly variables: Variables;
  /** The whole environment of the command with these variables. */
  readonly environmentWith: (variables: Variables) => Record<string, string>;
  readonly output: Output;
  /** Is called whenever the command has started. */
  readonly onStart: () => void;
  /** Restarts the command when the variables change. Undefined: it is not restarted. */
  readonly restarts?: { readonly changes: VariableChanges; readonly grace: number } | undefined;
}

/** Runs a command, with all signals of this program, until it ends by itself. @returns its exit code */
export async function runUntilEnd(options: RunOptions): Promise<number> {
  const { command, environmentWith, output, onStart, restarts } = options;
  let { variables } = options;
  let running: StartedCommand | undefined;
  // Before the command starts, so that no signal ends this program alone.
  using signals = new PassedSignals((signal) => running?.pass(signal));
  for (;;) {
    running = await StartedCommand.start(command, environmentWith(variables));
    output.handOver();
    onStart();
    const changed = restarts && (await changedBeforeEnd(running, restarts.changes, variables));
    if (restarts === undefined || changed === undefined) return await running.ended;
    const names = changedNames(variables, changed).join(", ");
    output.note(`The secrets changed (${names}). The command is restarted.`);
    const { endings } = signals;
    const exitCode = await running.stop(restarts.grace);
    // A signal that came meanwhile is for the command that would start now.
    if (signals.endings > endings) return exitCode;
    variables = changed;
  }
}

async function changedBeforeEnd(
  running: StartedCommand,
  changes: VariableChanges,
  variables: Variables,
): Promise<Variables | undefined> {
  const end = new AbortController();
  const changed = changes.next(variables, end.signal);
  void running.ended.then(() => end.abort());
  const found = await changed;
  return end.signal.aborted ? undefined : found;
}
