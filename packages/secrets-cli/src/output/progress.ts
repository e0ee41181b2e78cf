/** How far long work is. */
export interface ProgressState {
  readonly done: number;
  /** Undefined: it is not known yet. */
  readonly total?: number | undefined;
}

/** Shows how far long work is: a bar on a terminal, else a line at most every five seconds. */
export class Progress {
  readonly #unit: string;
  readonly #write: (text: string) => void;
  readonly #terminal: boolean;
  readonly #width: number;
  readonly #startedAt = performance.now();
  #shownAt = Number.NEGATIVE_INFINITY;
  #shown = false;

  /** @param unit the plural of what is counted */
  constructor(options: { unit: string; terminal: boolean; width: number; write: (text: string) => void }) {
    this.#unit = options.unit;
    this.#terminal = options.terminal;
    this.#width = Math.min(options.width, 120);
    // Short work needs no line.
    if (!this.#terminal) this.#shownAt = this.#startedAt;
    this.#write = options.write;
  }

  show(state: ProgressState): void {
    const now = performance.now();
    const pause = this.#terminal ? 100 : 5_000;
    if (now - this.#shownAt < pause) return;
    this.#shownAt = now;
    this.#shown = true;
    const text = this.#describe(state, (now - this.#startedAt) / 1_000);
    if (!this.#terminal) {
      this.#write(`${text}\n`);
      return;
    }
    const room = this.#width - text.length - 4;
    const { done, total = 0 } = state;
    const filled = total === 0 ? 0 : Math.round((Math.min(done, total) / total) * room);
    const bar = total === 0 || room < 5 ? "" : `[${"#".repeat(filled)}${"-".repeat(room - filled)}] `;
    this.#write(`\r\u001b[2K${bar}${text}`);
  }

  /** Removes the bar. */
  end(): void {
    if (this.#terminal && this.#shown) this.#write("\r\u001b[2K");
    this.#shown = false;
  }

  #describe({ done, total }: ProgressState, seconds: number): string {
    const rate = seconds > 0 ? done / seconds : 0;
    const count = total === undefined ? `${done} ${this.#unit}` : `${done} of ${total} ${this.#unit}`;
    const left = total === undefined || rate === 0 ? "" : `, ${duration((total - done) / rate)} left`;
    return `${count}, ${Math.round(rate)} per second${left}`;
  }
}

/** A time for a person: `45 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}
