import { type IndexPosition, isAtLeast, readIndexPosition } from "./index-position.ts";

/** What a request demands of the node that answers it. */
export interface IndexDemand {
  readonly headers: Readonly<Record<string, string | string[]>>;
  /** How many of the changes whose answers were lost the answer is newer than. */
  readonly confirms: number;
}

/**
 * How far the storage of the cluster was in any answer so far, which later requests demand of the node. Standbys of
 * OpenBao and of Vault Enterprise answer reads from their own storage, which lags behind: without a demand, a secret that
 * was just created is absent there. Servers whose standbys serve no reads send no index, and get none.
 */
export class NodeIndex {
  /** The positions of one cluster that no other one exceeds: a single one, save in a replicated Vault Enterprise. */
  #positions: readonly IndexPosition[] = [];
  /** The headers of an ordinary request. Absent: not created yet for the current positions. */
  #headers: IndexDemand["headers"] | undefined;
  /** The last header, whatever its form. */
  #last: string | undefined;
  /** How many changes may have been carried out without an answer that has an index. */
  #losses = 0;
  /** How many of these an answer is newer than. */
  #confirmed = 0;

  /**
   * Returns what to send with a request.
   *
   * @param fromLeader whether only the leading node may answer, since the answer decides about a change
   * @param changes whether the request makes a change, which only the leader does
   * @returns undefined while no answer had an index
   */
  demand(fromLeader: boolean, changes: boolean): IndexDemand | undefined {
    if (this.#last === undefined) return undefined;
    this.#headers ??= headersOf(
      this.#positions.map(({ text }) => text),
      this.#last,
    );
    const isForced = fromLeader || this.#confirmed < this.#losses;
    if (!isForced) return { headers: this.#headers, confirms: changes ? this.#losses : 0 };
    const beyondAll = this.#positions[0]?.beyondAll?.();
    if (beyondAll !== undefined) return { headers: headersOf([beyondAll], ""), confirms: this.#losses };
    const headers = { ...this.#headers, "X-Vault-Forward": "active-node" };
    return { headers, confirms: changes ? this.#losses : 0 };
  }

  /** Records the index of an answer. */
  observe(index: string | readonly string[] | undefined, demand: IndexDemand | undefined): void {
    const text = typeof index === "string" ? index : index?.[0];
    if (text === undefined) return;
    if (demand !== undefined) this.#confirmed = Math.max(this.#confirmed, demand.confirms);
    if (text === this.#last) return;
    this.#last = text;
    this.#headers = undefined;
    const position = readIndexPosition(text);
    // An index that cannot be compared is sent as received.
    if (position === undefined) this.#positions = [];
    else this.#add(position);
  }

  /** Records a change whose answer was lost: only a later answer of the leader shows how far its storage is. */
  lost(): void {
    this.#losses++;
  }

  /** Forgets every position, when the server cannot read them: it is not the same server as before. */
  forget(): void {
    this.#positions = [];
    this.#headers = undefined;
    this.#last = undefined;
  }

  #add(position: IndexPosition): void {
    // Positions of another cluster do not count: the address leads to a new one now.
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
