import { HistoryProcess } from "./history-process.ts";
import type { Step } from "./intercepted-plugin.ts";
import type { MovableManager, MovableSecrets } from "./movable-secrets.ts";
import type { SeededRandom } from "./seeded-random.ts";

/** Processes for one history after the other: it takes a while to start one, so whichever did not die is used again. */
export class ProcessPool<Manager extends MovableManager> {
  /** In which states changes of the dead were found and finished. */
  readonly recovered = new Set<string>();
  readonly #secrets: MovableSecrets<Manager>;
  readonly #waiting: { readonly selected: string; readonly process: HistoryProcess<Manager> }[] = [];
  readonly #orphans = new Set<string>();

  constructor(secrets: MovableSecrets<Manager>) {
    this.#secrets = secrets;
  }

  /** A process with this manager selected. */
  async take(selected: string, random: SeededRandom): Promise<HistoryProcess<Manager>> {
    const index = this.#waiting.findIndex((waiting) => waiting.selected === selected);
    const process =
      this.#waiting.splice(index, index < 0 ? 0 : 1)[0]?.process ??
      new HistoryProcess(
        (intercept) => this.#secrets.open(selected, intercept),
        (step, result) => this.#watch(step, result),
      );
    await process.start(random);
    return process;
  }

  give(selected: string, process: HistoryProcess<Manager>): void {
    this.#waiting.push({ selected, process });
  }

  /** Lets what a dead process left half way look old, so that the others need not wait before they finish it. */
  async bury(process: HistoryProcess<Manager>): Promise<void> {
    const manager = await process.remains();
    for (const id of process.transitionIds) this.#orphans.add(id);
    await this.#secrets.age(process.transitionIds);
    // Only what it holds open in this process ends: its calls reach nothing any more.
    manager?.close({ timeout: 0 }).catch(() => undefined);
  }

  /** Ends unused processes. */
  async close(): Promise<void> {
    await Promise.all(
      this.#waiting.splice(0).map(({ process }) => process.call((manager) => manager.close({ timeout: 0 }))),
    );
  }

  /** Lets a process start, which finishes whatever the dead left half way. */
  async sweep(): Promise<void> {
    const [selected] = this.#secrets.managers;
    const manager = await this.#secrets.open(selected, (_step, run) => run());
    await manager.close({ timeout: 0 });
  }

  #watch({ method, args }: Step, isChanged: unknown): void {
    if (isChanged !== true || (method !== "ownership.advance" && method !== "ownership.remove")) return;
    const { transitionId, state } = args[0] as { readonly transitionId?: string; readonly state: string };
    if (transitionId !== undefined && this.#orphans.has(transitionId)) this.recovered.add(state);
  }
}
