import type { Environment } from "@archestra/secrets-core";
import type { Plugin, SecretsBackend } from "@archestra/secrets-core/plugin";

/**
 * A fault between a plugin and its store.
 *
 * `unauthenticated`: the store rejects the credentials. `permission-denied`: it denies the request.
 * `rate-limited`: it limits the rate of requests. `unavailable`: it is unreachable or does not serve requests. `timeout`: it
 * does not respond. `lost-answer`: it executes the request, and the response is lost. `lost-request`: the connection is lost,
 * and the store did nothing. `hanging-answer`: it executes the change, and the response never arrives on a connection that
 * stays open. `nonsense`: another server or a proxy responds
 * instead, and the store does nothing.
 */
export type Fault =
  | "unauthenticated"
  | "permission-denied"
  | "rate-limited"
  | "unavailable"
  | "timeout"
  | "lost-answer"
  | "lost-request"
  | "hanging-answer"
  | "nonsense";

/** Ends a fault. */
export type LiftFault = () => void | Promise<void>;

/**
 * Injects a fault into the next request to the store.
 *
 * For a plugin that retries, the fault must last: return a function that ends it. The suite calls the function before it
 * verifies the outcome. Without a returned function, the fault must end after one request.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: so that an arrow function without a result fits
export type ArrangeFault = () => LiftFault | void | Promise<LiftFault | void>;

/**
 * The forms of a fault, such as a refused connection and a response with status 503. A case about the fault runs once with
 * each, on a store of its own, and passes if all of them pass. A form has the name of its function.
 */
export type FaultForms = readonly [ArrangeFault, ...(readonly ArrangeFault[])];

/** States that a fault, a rotation or a connection cannot happen to the store. The cases about it are reported as `cannot-happen` and are no gap. */
export interface ImpossibleFault {
  /** Why, in one sentence, such as `Redis has no rate limit.` The report shows it. */
  readonly cannotHappen: string;
}

/** The store of one case, and the access of the harness to it. */
export interface TestStore {
  /** The plugin under test, configured for this store, and after it the plugins for its slots. */
  readonly plugins: readonly [Plugin<SecretsBackend>, ...(readonly Plugin[])];

  /**
   * The variables that configure the plugin for this store. Every client opens with them. The suite verifies that the values of
   * secret variables never leak: they need at least 8 characters, and not only letters.
   *
   * @default none
   */
  readonly env?: Environment | undefined;

  /**
   * Whether the store encrypts values. The suite then verifies that `readRaw` returns no planted values, and that equal values
   * have different stored forms.
   *
   * @default false
   */
  readonly encrypted?: boolean | undefined;

  /**
   * Reads the stored form of a secret as text, without the plugin.
   *
   * @returns undefined if the store has nothing under the name, not even an older version
   */
  readonly readRaw?: ((name: string) => string | undefined | Promise<string | undefined>) | undefined;

  /**
   * Stores a text as the value of a secret, without the plugin. The suite stores texts that are not a value, and names that
   * violate the grammar.
   */
  readonly seedRaw?: ((name: string, text: string) => void | Promise<void>) | undefined;

  /**
   * The maximum number of entries of an object or array, if the store accepts fewer than core does. The suite then stores a
   * value of this many, and expects that the plugin rejects one of ten thousand with INVALID_ARGUMENT and stores nothing.
   *
   * @default 10_000, as core accepts
   */
  readonly mostEntries?: number | undefined;

  /**
   * How many entries one request of the plugin's `list` returns. The suite then lists around one and two pages of this size.
   * Make it small where the plugin has an option for it.
   *
   * @default the suite lists around the page sizes of usual stores: 10, 100, 250, 500 and 1000
   */
  readonly pageSize?: number | undefined;

  /**
   * The faults that the harness can inject, in one or several forms. For a fault that cannot happen to the store, state the
   * reason: `"rate-limited": { cannotHappen: "Redis has no rate limit." }`. A missing fault is a gap.
   */
  readonly faults?: Readonly<Partial<Record<Fault, ArrangeFault | FaultForms | ImpossibleFault>>> | undefined;

  /**
   * Lets a time pass for the plugin, without waiting. For a plugin whose timers a clock of the tests drives.
   *
   * @default the suite waits: one case waits 33 seconds, longer than the usual timeouts of client libraries
   */
  readonly passTime?: ((milliseconds: number) => void | Promise<void>) | undefined;

  /**
   * Replaces the credential of the plugin: the old one stops working, and the connections that use it end. The suite opens a
   * client whose `live` variables come from files, calls `rotate`, writes the new values to the files, and expects that the
   * client continues. Missing although a variable is `live`: a gap.
   *
   * @returns the new values of the `live` variables, by name
   */
  readonly rotate?:
    | (() => Readonly<Record<string, string>> | Promise<Readonly<Record<string, string>>>)
    | ImpossibleFault
    | undefined;

  /**
   * Counts the connections of clients that the server has open, such as `proxy.connections`. The suite verifies that `close`
   * and a failed start leave none. For a store without connections, state the reason. Missing: a gap.
   */
  readonly connections?: (() => number | Promise<number>) | ImpossibleFault | undefined;

  /**
   * States that the same name may have the same `path` in two stores of the harness, because only their addresses differ.
   * Better give each store a mount, database or prefix of its own.
   *
   * @default the suite expects different paths
   */
  readonly distinctPaths?: ImpossibleFault | undefined;

  /** Removes the store. Called once, after every client has closed. @default nothing */
  readonly close?: (() => void | Promise<void>) | undefined;
}

/**
 * The harness that the author of a plugin writes. A missing part is reported as a gap: the cases that require it did not run,
 * so their results are unknown.
 *
 * @example
 * const harness: BackendHarness = { open: () => ({ plugins: [filesPlugin({ folder: newFolder() })] }) };
 */
export interface BackendHarness {
  /**
   * Creates an empty store that nothing else uses, before any client opens. The suite calls it for each case (once for each form
   * of its fault), so that cases are isolated, and twice before the first case to verify the isolation. Some cases use two stores
   * at the same time.
   */
  open(): TestStore | Promise<TestStore>;
  /**
   * Whether a fault of one store leaves the other stores as they are. Then the other cases of a group run while one waits for
   * half a minute. Stores that share a server, a network or a client have such faults only with a proxy each.
   *
   * @default false
   */
  readonly independentFaults?: boolean | undefined;
}
