import type { RefreshContext, RefreshOptions } from "../../src/index.ts";
import { plantedText } from "../planted.ts";

/** What an application stores of a grant. */
export interface Token {
  readonly generation: number;
  readonly token: string;
}

/** An exchange that waits until the test lets it continue. */
export interface HeldExchange {
  /** Resolves with the signal that the function received, when the exchange has begun. */
  readonly begun: Promise<AbortSignal>;
  /** Lets the exchange end: with a new token, or with this error. */
  release(error?: unknown): void;
}

/** An authorization server with rotating tokens: each can be exchanged once. */
export class TokenIssuer {
  readonly first: Token = { generation: 0, token: plantedText() };
  /** The generations of the tokens that were presented, in this order. */
  readonly presented: number[] = [];
  /** How many exchanges ran at the same time at most. */
  mostAtOnce = 0;
  #running = 0;
  #issued: Token = this.first;
  #lowestFresh = 0;
  #held: { begin(signal: AbortSignal): void; readonly end: Promise<void> } | undefined;

  /** The token that was issued last. */
  get latest(): Token {
    return this.#issued;
  }

  /** No token that was issued so far is fresh any more. */
  expire(): void {
    this.#lowestFresh = this.#issued.generation + 1;
  }

  /** Holds the next exchange. */
  hold(): HeldExchange {
    const begun = Promise.withResolvers<AbortSignal>();
    const end = Promise.withResolvers<void>();
    // It may fail before the function runs that waits for it.
    end.promise.catch(() => undefined);
    this.#held = { begin: begun.resolve, end: end.promise };
    return {
      begun: begun.promise,
      release: (error) => (error === undefined ? end.resolve() : end.reject(error)),
    };
  }

  /** The options of a call of `refresh`. */
  options(changes: Partial<RefreshOptions<Token>> = {}): RefreshOptions {
    return {
      isFresh: ({ generation }: Token) => generation >= this.#lowestFresh,
      refresh: (value: Token, context: RefreshContext) => this.exchange(value, context),
      ...changes,
    } as unknown as RefreshOptions;
  }

  readonly exchange = async ({ generation }: Token, { signal }: RefreshContext): Promise<Token> => {
    this.presented.push(generation);
    this.#running++;
    this.mostAtOnce = Math.max(this.mostAtOnce, this.#running);
    try {
      const held = this.#held;
      this.#held = undefined;
      held?.begin(signal);
      await held?.end;
      if (generation !== this.#issued.generation) throw new Error("The token was presented twice.");
      this.#issued = { generation: generation + 1, token: plantedText() };
      return this.#issued;
    } finally {
      this.#running--;
    }
  };
}
