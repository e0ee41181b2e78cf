import { subscribe, unsubscribe } from "node:diagnostics_channel";

const subjects = ["operation", "refresh", "login", "renewal", "sweep", "move"];
const channels = subjects.flatMap((subject) =>
  ["start", "end", "asyncStart", "asyncEnd", "error"].map(
    (moment) => `tracing:archestra.secrets.${subject}:${moment}`,
  ),
);

/** What leaves a process beside the results of calls. */
export interface RecordedOutput {
  /** The events of calls, as a subscriber receives them. */
  readonly events: readonly unknown[];
  /** The warnings of the process. */
  readonly processWarnings: readonly unknown[];
}

/** Records what leaves the process while a function runs. */
export async function recordOutput(run: () => Promise<void>): Promise<RecordedOutput> {
  const output = { events: [] as unknown[], processWarnings: [] as unknown[] };
  const recordEvent = (event: unknown) => void output.events.push(structuredClone(event));
  const recordWarning = (warning: unknown) => void output.processWarnings.push(warning);
  for (const name of channels) subscribe(name, recordEvent);
  process.on("warning", recordWarning);
  try {
    await run();
    // Warnings of the process are emitted on the next tick.
    await new Promise((resolve) => setImmediate(resolve));
  } finally {
    for (const name of channels) unsubscribe(name, recordEvent);
    process.off("warning", recordWarning);
  }
  return output;
}
