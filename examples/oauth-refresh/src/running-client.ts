import { ChildProgram } from "./child-program.ts";
import type { ClientEvent, ClientOptions, FailedCall } from "./client-events.ts";

/** A client in its own process, and what it has reported. */
export class RunningClient extends ChildProgram<ClientEvent> {
  /** @param env the variables of the secrets manager */
  static async start(options: ClientOptions, env: NodeJS.ProcessEnv): Promise<RunningClient> {
    const client = new RunningClient("client.ts", options, { ...process.env, ...env });
    await client.next("ready");
    return client;
  }

  get failures(): readonly FailedCall[] {
    return this.eventsOf("failed");
  }

  /** Lets its callers call. */
  begin(): void {
    this.send("start");
  }

  /** Lets its callers end their calls. */
  async end(): Promise<{ readonly calls: number; readonly late: number }> {
    this.send("stop");
    return this.next("ended");
  }
}
