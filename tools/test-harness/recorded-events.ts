import { tracingChannel } from "node:diagnostics_channel";
import { EventEmitter, once } from "node:events";
import { onTestFinished } from "vitest";

/** The events at the end of traced work, as they were published. */
export interface RecordedEvents<Event> {
  readonly events: readonly Event[];
  /** Waits for the next event. */
  next(): Promise<void>;
  /** The first event, which is waited for. */
  first(): Promise<Event>;
}

/** Records the end of all work of one channel, until the test ends. */
export function recordEnds<Event>(subject: string): RecordedEvents<Event> {
  const events: Event[] = [];
  const recorded = new EventEmitter();
  const record = (event: unknown) => {
    events.push({ ...(event as Event) });
    recorded.emit("event");
  };
  const { asyncEnd } = tracingChannel(`archestra.secrets.${subject}`);
  asyncEnd.subscribe(record);
  onTestFinished(() => void asyncEnd.unsubscribe(record));
  const next = async () => void (await once(recorded, "event"));
  return {
    events,
    next,
    async first() {
      while (events[0] === undefined) await next();
      return events[0];
    },
  };
}
