import { type ChildProcess, fork } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { fileURLToPath } from "node:url";

type EventNamed<Event, Name> = Event extends { readonly event: infer Names }
  ? Name extends Names
    ? Event
    : never
  : never;

/** A program of this folder in a process of its own, and the events that it has reported. */
export class ChildProgram<Event extends { readonly event: string }> {
  readonly #child: ChildProcess;
  readonly #events: Event[] = [];
  readonly #emitter = new EventEmitter();
  readonly #exit: Promise<unknown>;
  #hasExited = false;

  protected constructor(program: string, options: unknown, env: NodeJS.ProcessEnv = process.env) {
    const file = fileURLToPath(new URL(program, import.meta.url));
    this.#child = fork(file, [JSON.stringify(options)], {
      env,
      execArgv: ["--disable-warning=ExperimentalWarning"],
      stdio: ["ignore", "ignore", "inherit", "ipc"],
    });
    this.#emitter.setMaxListeners(0);
    this.#child.on("message", (event: Event) => {
      this.#events.push(event);
      this.#emitter.emit("event");
    });
    this.#exit = once(this.#child, "exit").then(() => {
      this.#hasExited = true;
      this.#emitter.emit("event");
    });
  }

  /** The id of its process. */
  get id(): number {
    return this.#child.pid ?? 0;
  }

  eventsOf<Name extends Event["event"]>(name: Name): EventNamed<Event, Name>[] {
    return this.#events.filter((one): one is EventNamed<Event, Name> => one.event === name);
  }

  /** Waits until something is true of what it has reported. @throws Error when it exits before */
  async until(condition: () => boolean): Promise<void> {
    while (!condition()) {
      if (this.#hasExited) throw new Error(`The process ${this.id} has exited.`);
      await once(this.#emitter, "event");
    }
  }

  /** The first event of this name after so many. */
  async next<Name extends Event["event"]>(name: Name, after = 0): Promise<EventNamed<Event, Name>> {
    await this.until(() => this.eventsOf(name).length > after);
    return this.eventsOf(name)[after] as EventNamed<Event, Name>;
  }

  send(message: string): void {
    this.#child.send(message);
  }

  signal(signal: "SIGSTOP" | "SIGCONT"): void {
    this.#child.kill(signal);
  }

  /** Ends it at once. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#exit;
  }
}
