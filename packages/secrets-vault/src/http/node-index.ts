import { type IndexPosition, isAtLeast, readIndexPosition } from "./index-position.ts";

/** What a request asks of the node that answers it. */
export interface IndexDemand {
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** Of the changes whose answers were lost, how many the answer is newer than. */
  readonly settles: number;
}

/**
 * How far the storage of the cluster was in any answer so far, and what later requests demand because of that. Standbys of
 * OpenBao and of Vault Enterprise answer reads from their own storage, which lags behind: without a demand, a secret that
 * was just created is absent there. Servers whose standbys serve no reads send no index, and get none.
 */
export class NodeIndex {
  /** The positions of one cluster that no other one exceeds: a single one, save in a replicated Vault Enterprise. */
  #positions: readonly IndexPosition[] = [];
  /** What an ordinary request sends. Absent: not made yet of what is known by now. */
  #headers: IndexDemand["headers"] | undefined;
  /** The last header, whatever its form. */
  #last: string | undefined;
  /** How many changes may have been made without an answer that says how far the storage was. */
  #losses = 0;
  /** How many of these some answer is newer than. */
  #settled = 0;

  /**
   * What to send with a request.
   *
   * @param fromLeader whether only the node that leads may answer, since what it answers decides about a change
   * @param changes whether the request makes a change, which only the leader does
   * @returns undefined while no answer had an index
   */
  demand(fromLeader: boolean, changes: boolean): IndexDemand | undefined {
    if (this.#last === undefined) return undefined;
    this.#headers ??= headersOf(
      this.#positions.map(({ text }) => text),
      this.#last,
    );
    const isForced = fromLeader || this.#settled < this.#losses;
    if (!isForced) return { headers: this.#headers, settles: changes ? this.#losses : 0 };
    const beyondAll = this.#positions[0]?.beyondAll?.();
    if (beyondAll !== undefined) return { headers: headersOf([beyondAll], ""), settles: this.#losses };
    const headers = { ...this.#headers, "X-Vault-Forward": "active-node" };
    return { headers, settles: changes ? this.#losses : 0 };
  }

  /** Takes the index of an answer. */
  observe(index: string | readonly string[] | undefined, demand: IndexDemand | undefined): void {
    const text = typeof index === "string" ? index : index?.[0];
    if (text === undefined) return;
    if (demand !== undefined) this.#settled = Math.max(this.#settled, demand.settles);
    if (text === this.#last) return;
    this.#last = text;
    this.#headers = undefined;
    const position = readIndexPosition(text);
    // One that cannot be compared is followed as it comes.
    if (position === undefined) this.#positions = [];
    else this.#add(position);
  }

  /** A change has left and its answer was lost: until an answer of the leader, it is not known how far its storage is. */
  lost(): void {
    this.#losses++;
  }

  /** The server cannot read what it is sent: it is another one than before. */
  forget(): void {
    this.#positions = [];
    this.#headers = undefined;
    this.#last = undefined;
  }

  #add(position: IndexPosition): void {
    // An answer of another cluster: the address leads there by now.
    const comparable = this.#positions.filter(({ cluster }) => cluster === position.cluster);
    if (comparable.some((known) => isAtLeast(known, position))) {
      this.#positions = comparable;
      return;
    }
    this.#positions = [...comparable.filter((known) => !isAtLeast(position, known)), position];
  }
}

function headersOf(texts: string[], otherwise: string): IndexDemand["headers"] {
  const index = texts.length > 1 ? texts : (texts[0] ?? otherwise);
  return { "X-Vault-Index": index, "X-Vault-Inconsistent": "forward-active-node" };
}
