/** The types of dependency injection, as NestJS 11 has them. */

type Token<T> =
  | string
  | symbol
  | (abstract new (
      ...parameters: never
    ) => T)
  // biome-ignore lint/complexity/noBannedTypes: as NestJS has it.
  | (Function & { prototype: T });

export interface Provider<T> {
  readonly provide: Token<T>;
  readonly useFactory: () => T | Promise<T>;
}

export declare const Injectable: () => ClassDecorator;
