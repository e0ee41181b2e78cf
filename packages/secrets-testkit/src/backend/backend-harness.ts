import type { Environment } from "@archestra/secrets-core";
import type { Plugin, SecretsBackend } from "@archestra/secrets-core/plugin";

/**
 * Something that goes wrong between a plugin and its store.
 *
 * `unauthenticated`: the store refuses the credentials. `permission-denied`: it refuses what is asked.
 * `rate-limited`: it asks for fewer requests. `unavailable`: it cannot be reached, or serves nothing now. `timeout`: it
 * does not answer. `lost-answer`: it does what it is asked, and the answer gets lost. `hanging-answer`: it makes the
 * change that it is asked for, and the answer never comes, on a connection that stays open. `nonsense`: something else
 * answers in its place, such as a proxy with a page of its own or another server, and the store does nothing.
 */
export type Fault =
  | "unauthenticated"
  | "permission-denied"
  | "rate-limited"
  | "unavailable"
  | "timeout"
  | "lost-answer"
  | "hanging-answer"
  | "nonsense";

/** Ends a fault. */
export type LiftFault = () => void | Promise<void>;

/**
 * Arranges a fault for the next request to the store.
 *
 * A plugin that tries again by itself needs one that lasts: then return the function that ends it. The suite calls that
 * before it looks at what became of the call. Returning nothing means that the fault is over after one request.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: so that an arrow function without a result fits
export type ArrangeFault = () => LiftFault | void | Promise<LiftFault | void>;

/**
 * The forms that a fault takes, such as a refused connection and an answer 503. A case about the fault runs once with each,
 * on a store of its own, and passes when all of them did. A form is known by the name of its function.
 */
export type FaultForms = readonly [ArrangeFault, ...(readonly ArrangeFault[])];

/** A store of one case, and what the harness can do with it beside the plugin. */
export interface TestStore {
  /** The plugin under test, set up for this store, and behind it the plugins for its slots. */
  readonly plugins: readonly [Plugin<SecretsBackend>, ...(readonly Plugin[])];

  /**
   * The variables with which the plugin finds this store. Every client of the store opens with them. The values of
   * variables that are declared secret are watched for wherever they could leak.
   *
   * @default none
   */
  readonly env?: Environment | undefined;

  /**
   * Whether the store holds values in a form that hides them. Then the suite looks for planted values in what `readRaw`
   * gives.
   *
   * @default false
   */
  readonly encrypted?: boolean | undefined;

  /**
   * Reads what the store holds under a name, past the plugin: as text, in whichever form.
   *
   * @returns undefined when the store holds nothing under the name, not even an older version
   */
  readonly readRaw?: ((name: string) => string | undefined | Promise<string | undefined>) | undefined;

  /**
   * Puts a text in the place of a secret's value, past the plugin. The suite puts texts that are no value, and names that
   * break the grammar.
   */
  readonly seedRaw?: ((name: string, text: string) => void | Promise<void>) | undefined;

  /**
   * How many entries an object or a list can have, where the store accepts fewer than core does. The suite then stores a value
   * of this many, and expects that the plugin refuses one of ten thousand with INVALID_ARGUMENT and stores nothing of it.
   *
   * @default 10_000, as core accepts
   */
  readonly mostEntries?: number | undefined;

  /** What can be made to go wrong, in one form or in several. Every fault that is not here is a gap. */
  readonly faults?: Readonly<Partial<Record<Fault, ArrangeFault | FaultForms>>> | undefined;

  /** Removes the store. Called once, after every client has closed. @default nothing */
  readonly close?: (() => void | Promise<void>) | undefined;
}

/**
 * What the author of a plugin writes to have it tested. What is left out is reported as a gap: the cases that need it
 * have not been run, and nobody knows.
 */
export interface BackendHarness {
  /**
   * Makes a store that is empty and that nothing else uses, and that is there before any client opens. Called for each
   * case (once for each form of its fault), so that no case sees what another one left behind; and twice before the
   * first, to find out that it keeps this.
   */
  open(): TestStore | Promise<TestStore>;
}
