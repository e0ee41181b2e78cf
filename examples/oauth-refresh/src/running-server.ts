import { ChildProgram } from "./child-program.ts";
import type { ServerEvent, ServerOptions, TokenEvent } from "./server-events.ts";
import { type TokenResponse, type Tokens, tokensFrom } from "./tokens.ts";

/** The authorization server in its own process, and what it has done. */
export class RunningServer extends ChildProgram<ServerEvent> {
  #issuer = "";

  static async start(options: ServerOptions): Promise<RunningServer> {
    const server = new RunningServer("authorization-server.ts", options);
    const { issuer } = await server.next("listening");
    server.#issuer = issuer;
    return server;
  }

  get issuer(): string {
    return this.#issuer;
  }

  /** The refreshes that were granted. */
  get refreshes(): readonly TokenEvent[] {
    return this.eventsOf("refreshed");
  }

  /** The requests that were refused, which are all `invalid_grant` here. */
  get refusals(): readonly TokenEvent[] {
    return this.eventsOf("refused");
  }

  get revokedGrants(): number {
    return this.eventsOf("revoked").length;
  }

  /** How many refresh tokens were sent more than once. */
  get reusedTokens(): number {
    const sent = [...this.refreshes, ...this.refusals].map(({ token }) => token);
    return sent.length - new Set(sent).size;
  }

  /** The tokens of a new grant, as the login of a user ends with. */
  async login(): Promise<Tokens> {
    const sentAt = Date.now();
    const response = await fetch(`${this.#issuer}/login`, { method: "POST" });
    return tokensFrom((await response.json()) as TokenResponse, sentAt);
  }

  /** Keeps the next answer of the token endpoint back until `release`. The event `held` says which. */
  hold(): void {
    this.send("hold");
  }

  release(): void {
    this.send("release");
  }
}
