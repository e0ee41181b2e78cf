import type {
  CallEvent,
  LoginEvent,
  MoveEvent,
  RefreshEvent,
  RenewalEvent,
  SweepEvent,
  TracedEvent,
} from "@archestra/secrets-core";
import type { Attributes } from "@opentelemetry/api";
import * as attribute from "./attributes.ts";

/** What is added to a counter. */
export interface Count {
  readonly counter: CounterName;
  readonly value: number;
  readonly attributes?: Attributes;
}

/** The counters, with their units and descriptions. */
export const counters = {
  "archestra.secrets.cache.lookups": {
    unit: "{lookup}",
    description: "Calls that looked for secrets in the cache.",
  },
  "archestra.secrets.operation.repetitions": {
    unit: "{repetition}",
    description: "Steps and requests that calls repeated after a collision or a transient failure.",
  },
  "archestra.secrets.sweep.rows": { unit: "{row}", description: "Rows that sweeps processed." },
  "archestra.secrets.move.secrets": { unit: "{secret}", description: "Secrets that moves processed." },
} as const;

/** The name of a counter. */
export type CounterName = keyof typeof counters;

/** How the events of one channel become spans and measurements. */
export interface TracedSubject<Event extends TracedEvent> {
  /** The last part of the name of the channel. */
  readonly subject: string;
  spanName(event: Event): string;
  /** The description of the histogram of durations. */
  readonly description: string;
  /** Whether the work belongs to no call, although the code of a call may have started its timer. */
  isDetached(event: Event): boolean;
  /** Attributes at the start of the span, and of all measurements. They have few values. */
  dimensions(event: Event): Attributes;
  /** Attributes at the end, which the duration has too. */
  endDimensions?(event: Event): Attributes;
  /** Attributes of the span alone, at its end. Undefined ones are left out. */
  details?(event: Event): Attributes;
  /** The name of the secret, which is an attribute only if the application wants that. */
  secretName?(event: Event): string | undefined;
  counts?(event: Event): readonly Count[];
}

const operation: TracedSubject<CallEvent> = {
  subject: "operation",
  spanName: (event) => `secrets.${event.operation}`,
  description: "Duration of calls on secrets.",
  isDetached: () => false,
  dimensions: (event) => ({
    [attribute.OPERATION]: event.operation,
    [attribute.MANAGER]: event.manager,
  }),
  endDimensions: ({ owner, refresh }) => ({
    [attribute.OWNER]: owner,
    [attribute.REFRESH_OUTCOME]: refresh,
  }),
  details: ({ cacheHit, attempts }) => ({
    [attribute.CACHE_HIT]: cacheHit,
    [attribute.ATTEMPTS]: attempts,
  }),
  secretName: ({ name }) => name,
  counts: ({ cacheHit, attempts = 1 }) => [
    ...(cacheHit === undefined
      ? []
      : [
          {
            counter: "archestra.secrets.cache.lookups" as const,
            value: 1,
            attributes: { [attribute.CACHE_HIT]: cacheHit },
          },
        ]),
    { counter: "archestra.secrets.operation.repetitions", value: attempts - 1 },
  ],
};

const refresh: TracedSubject<RefreshEvent> = {
  subject: "refresh",
  spanName: () => "secrets.refresh.attempt",
  description: "Duration of the application's functions that obtain a new value of a secret.",
  isDetached: () => false,
  dimensions: ({ manager }) => ({ [attribute.MANAGER]: manager }),
  secretName: ({ name }) => name,
};

const login: TracedSubject<LoginEvent> = {
  subject: "login",
  spanName: () => "secrets.login",
  description: "Duration of logins at the stores of managers.",
  isDetached: ({ isBackground }) => isBackground,
  dimensions: ({ manager, isBackground }) => ({
    [attribute.MANAGER]: manager,
    [attribute.BACKGROUND]: isBackground,
  }),
};

const renewal: TracedSubject<RenewalEvent> = {
  subject: "renewal",
  spanName: () => "secrets.renewal",
  description: "Duration of renewals of the tokens of managers.",
  isDetached: () => true,
  dimensions: ({ manager }) => ({ [attribute.MANAGER]: manager }),
  details: ({ ttl }) => ({ [attribute.TOKEN_TTL]: ttl }),
};

const sweep: TracedSubject<SweepEvent> = {
  subject: "sweep",
  spanName: () => "secrets.sweep",
  description: "Duration of sweeps that encrypt stored rows.",
  isDetached: ({ isBackground }) => isBackground,
  dimensions: ({ manager, purpose, isBackground }) => ({
    [attribute.MANAGER]: manager,
    [attribute.PURPOSE]: purpose,
    [attribute.BACKGROUND]: isBackground,
  }),
  details: ({ changed, failed }) => ({
    [attribute.ROWS_CHANGED]: changed,
    [attribute.ROWS_FAILED]: failed,
  }),
  counts: ({ changed, failed }) => resultCounts("archestra.secrets.sweep.rows", { changed, failed }),
};

const move: TracedSubject<MoveEvent> = {
  subject: "move",
  spanName: () => "secrets.move",
  description: "Duration of runs over many secrets, such as moves to another manager.",
  isDetached: () => false,
  dimensions: (event) => ({
    [attribute.OPERATION]: event.operation,
    [attribute.MANAGER]: event.manager,
  }),
  details: ({ done, skipped, failed }) => ({
    [attribute.SECRETS_DONE]: done,
    [attribute.SECRETS_SKIPPED]: skipped,
    [attribute.SECRETS_FAILED]: failed,
  }),
  counts: ({ done, skipped, failed }) =>
    resultCounts("archestra.secrets.move.secrets", { done, skipped, failed }),
};

/** All channels of `@archestra/secrets-core`. */
export const tracedSubjects: readonly TracedSubject<never>[] = [
  operation,
  refresh,
  login,
  renewal,
  sweep,
  move,
];

function resultCounts(counter: CounterName, results: Readonly<Record<string, number | undefined>>): Count[] {
  return Object.entries(results).flatMap(([result, value = 0]) =>
    value === 0 ? [] : { counter, value, attributes: { [attribute.RESULT]: result } },
  );
}
