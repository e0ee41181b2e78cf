import { subscribe, unsubscribe } from "node:diagnostics_channel";

const channels = ["archestra.secrets.operation.start", "archestra.secrets.operation.end"];

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
