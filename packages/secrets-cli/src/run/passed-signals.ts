import { readFileSync } from "node:fs";

const PASSED = ["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const;
/** What a terminal sends to all processes in its foreground. */
const OF_TERMINAL: ReadonlySet<string> = new Set(["SIGINT", "SIGQUIT", "SIGWINCH"]);
/** What asks a command to end. */
const ENDING: ReadonlySet<string> = new Set(["SIGTERM", "SIGINT", "SIGQUIT", "SIGHUP"]);

/** Receives the signals of this program for a command, until it is disposed. */
export class PassedSignals implements Disposable {
  readonly #listener: (signal: NodeJS.Signals) => void;
  #endings = 0;

  /** @param pass receives each signal that the command has not received itself */
  constructor(pass: (signal: NodeJS.Signals) => void) {
    this.#listener = (signal) => {
      if (ENDING.has(signal)) this.#endings++;
      if (!(OF_TERMINAL.has(signal) && isInForeground())) pass(signal);
    };
    for (const signal of PASSED) process.on(signal, this.#listener);
  }

  /** How many signals so far asked the command to end. */
  get endings(): number {
    return this.#endings;
  }

  [Symbol.dispose](): void {
    for (const signal of PASSED) process.removeListener(signal, this.#listener);
  }
}

/**
 * Whether a terminal sends its signals to this program and its children. Linux shows the process group of a process, and that
 * in the foreground of its terminal.
 *
 * Source: proc_pid_stat(5), fields 5 and 8.
 */
function isInForeground(): boolean {
  try {
    const stat = readFileSync("/proc/self/stat", "latin1");
    // The name of the program can contain spaces and brackets.
    const [, , group, , , foreground] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return group === foreground;
  } catch {
    return [process.stdin, process.stdout, process.stderr].some(({ isTTY }) => isTTY);
  }
}
