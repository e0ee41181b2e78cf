import type { TracedEvent } from "@archestra/secrets-core";
import type { Attributes, Counter, Histogram, Meter } from "@opentelemetry/api";
import * as attribute from "./attributes.ts";
import { type CounterName, counters, type TracedSubject, tracedSubjects } from "./traced-subjects.ts";

/** Seconds, as the conventions for clients of databases suggest. A read from the cache is in the first bucket. */
const BOUNDARIES = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** The instruments of one meter. */
export class Measurements {
  readonly #durations: ReadonlyMap<string, Histogram>;
  readonly #counters: ReadonlyMap<CounterName, Counter>;

  constructor(meter: Meter) {
    this.#durations = new Map(
      tracedSubjects.map(({ subject, description }) => [
        subject,
        meter.createHistogram(`archestra.secrets.${subject}.duration`, {
          unit: "s",
          description,
          advice: { explicitBucketBoundaries: BOUNDARIES },
        }),
      ]),
    );
    this.#counters = new Map(
      (Object.keys(counters) as CounterName[]).map((name) => [
        name,
        meter.createCounter(name, counters[name]),
      ]),
    );
  }

  /** Measures work that has ended. Names of secrets are never an attribute. */
  record<Event extends TracedEvent>(traced: TracedSubject<Event>, event: Event): void {
    const { subject, dimensions, endDimensions, counts } = traced;
    const common = dimensions(event);
    const ofDuration = defined({ ...common, ...endDimensions?.(event), ...errorType(event) });
    this.#durations.get(subject)?.record((event.duration ?? 0) / 1_000, ofDuration);
    for (const { counter, value, attributes } of counts?.(event) ?? []) {
      if (value > 0) this.#counters.get(counter)?.add(value, { ...common, ...attributes });
    }
  }
}

/** The attribute of work that failed: its code. */
export function errorType({ outcome }: TracedEvent): Attributes {
  return outcome === undefined || outcome === "success" ? {} : { [attribute.ERROR_TYPE]: outcome };
}

/** Leaves undefined attributes out. */
export function defined(attributes: Attributes): Attributes {
  return Object.fromEntries(Object.entries(attributes).filter(([, value]) => value !== undefined));
}
