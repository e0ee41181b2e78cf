import { tracingChannel } from "node:diagnostics_channel";
import { onTestFinished } from "vitest";

/** The events at the end of traced work, as they are then, until the test ends. */
export function recordEnds<Event extends object>(subject: string): Event[] {
  const ends: Event[] = [];
  const record = (event: unknown) => void ends.push({ ...(event as Event) });
  const { asyncEnd } = tracingChannel(`archestra.secrets.${subject}`);
  asyncEnd.subscribe(record);
  onTestFinished(() => void asyncEnd.unsubscribe(record));
  return ends;
}
