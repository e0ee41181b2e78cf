import type { EntryResult, OwnershipEntry } from "../backend/ownership-store.ts";
import { pluginBroken } from "../errors/plugin-broken.ts";
import { CheckedAnswers } from "../store/checked-answers.ts";
import { states } from "./states.ts";

/**
 * Verifies the answers of an ownership store, on which every decision about an owner depends. Every function throws
 * SecretsError INTERNAL, reason PLUGIN_BROKEN.
 */
export class CheckedEntries {
  readonly #plugin: string;
  readonly #answers: CheckedAnswers;

  constructor(plugin: string) {
    this.#plugin = plugin;
    this.#answers = new CheckedAnswers(plugin, false);
  }

  entry<Entry extends OwnershipEntry>(entry: Entry, member: string): Entry {
    if (typeof entry !== "object" || entry === null) throw this.#broken(member, "be an object", entry);
    const { name, manager, state, transitionId } = entry;
    if (typeof name !== "string") throw this.#broken(`${member}.name`, "be the name of the secret", name);
    if (typeof manager !== "string")
      throw this.#broken(`${member}.manager`, "be the id of the owner", manager);
    if (typeof state !== "string" || !Object.hasOwn(states, state))
      throw this.#broken(`${member}.state`, "be a state of the contract", state);
    if (typeof transitionId !== "string" && (state !== "active" || transitionId !== undefined))
      throw this.#broken(`${member}.transitionId`, "be a string in every state but `active`", transitionId);
    return entry;
  }

  /** The answer to a read of one name. */
  found<Entry extends OwnershipEntry>(
    name: string,
    entry: Entry | undefined,
    member: string,
  ): Entry | undefined {
    if (entry === undefined) return undefined;
    const found = this.entry(entry, member);
    if (found.name === name) return found;
    throw this.#broken(`${member}.name`, "be the name that was requested", found.name);
  }

  results(
    names: readonly string[],
    results: ReadonlyMap<string, EntryResult>,
  ): ReadonlyMap<string, EntryResult> {
    const member = "readMany()";
    this.#answers.map(results, this.#path(member));
    for (const name of names) {
      const result = results.get(name);
      if (result?.status === "found") this.found(name, result.entry, member);
      else if (result?.status !== "absent" && result?.status !== "failed")
        throw this.#broken(member, "have a result for each name", result);
    }
    return results;
  }

  /** Whether a compare-and-swap succeeded. */
  changed(answer: boolean, member: string): boolean {
    return this.#answers.boolean(answer, this.#path(member));
  }

  counts(counts: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
    const member = "count()";
    this.#answers.map(counts, this.#path(member));
    for (const count of counts.values())
      if (typeof count !== "number") throw this.#broken(member, "have numbers as values", count);
    return counts;
  }

  iterable<Entry>(entries: AsyncIterable<Entry>, member: string): AsyncIterator<Entry> {
    return this.#answers.iterable(entries, this.#path(member));
  }

  #broken(member: string, rule: string, received: unknown): unknown {
    return pluginBroken(this.#plugin, this.#path(member), rule, received);
  }

  #path(member: string): string {
    return `ownership.${member}`;
  }
}
