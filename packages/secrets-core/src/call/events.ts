/*
 * The events of the channels of `node:diagnostics_channel`. Each channel is a tracing channel: `archestra.secrets.operation`
 * stands for `tracing:archestra.secrets.operation:start`, `:end`, `:asyncStart`, `:asyncEnd` and `:error`.
 */
import { EventChannel, type EventPublisher, type TracedEvent } from "./event-channel.ts";

/**
 * One call of an application, on the channel `archestra.secrets.operation`. Calls that the manager makes itself are part of it.
 *
 * @example
 * tracingChannel("archestra.secrets.operation").asyncEnd.subscribe((event) => record(event as CallEvent));
 */
export interface CallEvent extends TracedEvent {
  /** The call, such as `get`. */
  readonly operation: string;
  /** The id of the selected manager. */
  readonly manager: string;
  /** The name of the secret. Absent: the call concerns no single secret. */
  readonly name?: string;
  /**
   * The id of the manager that served the call: the owner of the secret, or the last one asked. Absent at the start, and for
   * calls that concern no single secret.
   */
  owner?: string;
  /**
   * Of `get`, `getMany` and `refresh` with a cache: whether every secret was read from it. Absent otherwise, and at the start.
   */
  cacheHit?: boolean;
  /**
   * How often the call was attempted: 1, and one more each time that core repeated a step after a collision with another call,
   * or a backend repeated a request. Absent at the start.
   */
  attempts?: number;
  /**
   * Of `refresh` that succeeded: `fresh`, the value was fresh; `waited`, another call obtained a new one; `refreshed`, this
   * call did. Absent otherwise.
   */
  refresh?: "fresh" | "waited" | "refreshed";
}

/**
 * One run of the function passed to `refresh`, on the channel `archestra.secrets.refresh`. Callers that share it share the
 * event, which belongs to the call that began it.
 */
export interface RefreshEvent extends TracedEvent {
  /** The id of the manager that owns the secret. */
  readonly manager: string;
  /** The name of the secret. */
  readonly name: string;
}

/** One login of a manager at its store, on the channel `archestra.secrets.login`. All callers share one. */
export interface LoginEvent extends TracedEvent {
  /** The id of the manager. */
  readonly manager: string;
  /** Whether no call waits for it, since it replaces a token that is still valid. */
  readonly isBackground: boolean;
}

/** One renewal of the token of a manager, on the channel `archestra.secrets.renewal`. No call waits for it. */
export interface RenewalEvent extends TracedEvent {
  /** The id of the manager. */
  readonly manager: string;
  /** The time to live after the renewal, in seconds. Absent: the store does not renew the token any more, and at the start. */
  ttl?: number;
}

/** One sweep over the stored rows of a manager, on the channel `archestra.secrets.sweep`. */
export interface SweepEvent extends TracedEvent {
  /** The id of the manager. */
  readonly manager: string;
  /** `encrypt`: encrypts rows that are not encrypted. `rotate`: moves rows to the current key. */
  readonly purpose: "encrypt" | "rotate";
  /** Whether no caller waits for it. */
  readonly isBackground: boolean;
  /** The number of changed rows. Absent at the start, and when it failed. */
  changed?: number;
  /** The number of rows that could not be changed. Absent at the start, and when it failed. */
  failed?: number;
}

/**
 * One run over many secrets, such as `migrateSecrets` or `moveDatabase`, on the channel `archestra.secrets.move`. Each secret
 * that `migrateSecrets`, `finalizeMigration` or `rebindPaths` processes is also a call of its own.
 */
export interface MoveEvent extends TracedEvent {
  /** The function, such as `migrateSecrets`. */
  readonly operation: string;
  /** The id of the selected manager. */
  readonly manager: string;
  /** The number of processed secrets. Absent at the start, and when it failed. */
  done?: number;
  /** The number of secrets that needed no change. Absent at the start, and when it failed. */
  skipped?: number;
  /** The number of failed secrets. Absent at the start, and when it failed. */
  failed?: number;
}

/** Publishes {@link CallEvent}. */
export const callEvents: EventChannel<CallEvent> = new EventChannel("operation", "CALLER_FAILED");
/** Publishes {@link RefreshEvent}. */
export const refreshEvents: EventPublisher<RefreshEvent> = new EventChannel("refresh", "CALLER_FAILED");
/** Publishes {@link LoginEvent}. */
export const loginEvents: EventPublisher<LoginEvent> = new EventChannel("login", "INTERNAL");
/** Publishes {@link RenewalEvent}. */
export const renewalEvents: EventPublisher<RenewalEvent> = new EventChannel("renewal", "INTERNAL");
/** Publishes {@link SweepEvent}. */
export const sweepEvents: EventPublisher<SweepEvent> = new EventChannel("sweep", "INTERNAL");
/** Publishes {@link MoveEvent}. */
export const moveEvents: EventPublisher<MoveEvent> = new EventChannel("move", "CALLER_FAILED");
