import { type TracingChannel, tracingChannel } from "node:diagnostics_channel";
import type { TracedEvent } from "@archestra/secrets-core";
import {
  type Context,
  context,
  diag,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from "@opentelemetry/api";
import { ActiveContext } from "./active-context.ts";
import * as attribute from "./attributes.ts";
import { defined, errorType, type Measurements } from "./measurements.ts";
import type { TracedSubject } from "./traced-subjects.ts";

/** What a subscription asks for at each event, since the application may change it. */
export interface Telemetry {
  readonly tracer: Tracer;
  readonly measurements: Measurements;
  /** Whether the names of secrets are attributes of spans. */
  readonly secretNames: boolean;
}

/**
 * Makes a span of each event of one channel. The span is active while the work runs, so that the spans of client libraries
 * are its children. Nothing throws: Node would report it as an uncaught exception of the process.
 */
export class Subscription<Event extends TracedEvent> {
  readonly #traced: TracedSubject<Event>;
  readonly #telemetry: () => Telemetry;
  readonly #channel: TracingChannel<Context, object>;
  readonly #active = new ActiveContext();
  readonly #spans = new WeakMap<object, Span>();

  constructor(traced: TracedSubject<Event>, telemetry: () => Telemetry) {
    this.#traced = traced;
    this.#telemetry = telemetry;
    this.#channel = tracingChannel(`archestra.secrets.${traced.subject}`);
    this.#channel.start.bindStore(this.#active, this.#onStart as (event: unknown) => Context);
    this.#channel.asyncEnd.subscribe(this.#onEnd as (event: unknown) => void);
  }

  end(): void {
    this.#channel.start.unbindStore(this.#active);
    this.#channel.asyncEnd.unsubscribe(this.#onEnd as (event: unknown) => void);
  }

  /** Returns the context in which the work runs. */
  readonly #onStart = (event: Event): Context => {
    let parent = ROOT_CONTEXT;
    try {
      const { isDetached, spanName, dimensions, secretName } = this.#traced;
      const { tracer, secretNames } = this.#telemetry();
      if (!isDetached(event)) parent = context.active();
      const attributes = {
        ...dimensions(event),
        ...(secretNames ? { [attribute.NAME]: secretName?.(event) } : {}),
      };
      const options = { kind: SpanKind.INTERNAL, attributes: defined(attributes) };
      const span = tracer.startSpan(spanName(event), options, parent);
      this.#spans.set(event, span);
      return trace.setSpan(parent, span);
    } catch (error) {
      report(error);
      return parent;
    }
  };

  readonly #onEnd = (event: Event): void => {
    try {
      const telemetry = this.#telemetry();
      this.#endSpan(event, telemetry);
      telemetry.measurements.record(this.#traced, event);
    } catch (error) {
      report(error);
    }
  };

  #endSpan(event: Event, { secretNames }: Telemetry): void {
    const span = this.#spans.get(event);
    if (span === undefined) return;
    const { endDimensions, details } = this.#traced;
    const { outcome, reason, retryable, error } = event;
    const failure = { [attribute.ERROR_REASON]: reason, [attribute.ERROR_RETRYABLE]: retryable };
    const attributes = { ...endDimensions?.(event), ...details?.(event), ...failure, ...errorType(event) };
    span.setAttributes(defined(attributes));
    if (outcome !== "success") {
      // The message of an error names the secret.
      const message = secretNames ? error?.message : undefined;
      span.setStatus({ code: SpanStatusCode.ERROR, ...(message === undefined ? {} : { message }) });
    }
    span.end();
  }
}

function report(error: unknown): void {
  try {
    diag.error("@archestra/secrets-opentelemetry could not record an event.", error);
  } catch {
    // A logger of the application that throws.
  }
}
