import { PassThrough } from "node:stream";
import { showOnScreen, type TerminalScreen } from "@archestra/test-harness/terminal-screen";
import { runProgram } from "../../src/index.ts";

/** What a run of the program left on a terminal. */
export interface TerminalRun {
  readonly exitCode: number;
  /** Both streams in the order in which they were written, as on a terminal. */
  readonly text: string;
  readonly screen: TerminalScreen;
}

/** Runs the program in this process, on streams that say that they are a terminal of this width. */
export async function runOnTerminal(
  args: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; columns: number; readonly typed?: string },
): Promise<TerminalRun> {
  const { env, columns, typed = "" } = options;
  let text = "";
  const stream = { isTTY: true, columns, write: (content: string | Uint8Array) => (text += content) };
  const stdin = Object.assign(new PassThrough(), { isTTY: true });
  stdin.end(typed);
  const exitCode = await runProgram(args, { stdin, stdout: stream, stderr: stream, env });
  return { exitCode, text, screen: await showOnScreen(text, columns) };
}
