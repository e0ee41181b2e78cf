import type { JsonValue } from "./secret.ts";

declare const refused: unique symbol;

/** A reason in a message of the compiler. No value has this type. */
interface Refused<Reason extends string> {
  readonly [refused]: Reason;
}

/** An object whose type does not declare its entries. */
export interface UnknownObject {
  readonly [refused]?: never;
}

type NotAnObject = Refused<"A secret's value must be a JSON object, such as { token }.">;
type NotGiven =
  Refused<"This property may be undefined, and would be left out. Give it a value, or make it optional.">;
type NotJson = Refused<"JSON cannot represent this type. Convert it to strings, numbers or plain objects.">;

/**
 * The value that a call accepts. Every type that can be a JSON object compiles: interfaces, `Record<string, unknown>`, or
 * `unknown` as `JSON.parse` returns it. Arrays, functions, dates and other instances with methods, strings, `undefined` and
 * bigints do not compile. The call checks at run time what types cannot express, such as the size.
 */
export type SecretInput<Value> = unknown extends Value
  ? unknown
  : Value extends object
    ? Value extends readonly unknown[]
      ? NotAnObject
      : JsonInput<Value>
    : NotAnObject;

/**
 * An entry of a value: any type that can be JSON. An optional property that is `undefined` is left out. A required property
 * that may be `undefined`, such as `{ token: process.env.TOKEN }`, does not compile.
 */
export type JsonInput<Value> = unknown extends Value
  ? Value
  : Value extends JsonValue
    ? Value
    : Value extends readonly unknown[]
      ? { readonly [Key in keyof Value]: JsonInput<Value[Key]> }
      : Value extends Callable | bigint | symbol | undefined
        ? NotJson
        : true extends HasMethod<Value>
          ? NotJson
          : { readonly [Key in keyof Value]: Key extends symbol ? NotJson : PropertyInput<Value, Key> };

type PropertyInput<Value, Key extends keyof Value> = unknown extends Value[Key]
  ? Value[Key]
  : undefined extends Value[Key]
    ? Record<never, never> extends Pick<Value, Key>
      ? JsonInput<Exclude<Value[Key], undefined>> | undefined
      : NotGiven
    : JsonInput<Value[Key]>;

type Callable = ((...parameters: never) => unknown) | (abstract new (...parameters: never) => unknown);

/** Rejects an instance as a whole, so that the compiler's message does not list its methods. */
type HasMethod<Value> = {
  [Key in keyof Value]-?: unknown extends Value[Key] ? false : Value[Key] extends Callable ? true : false;
}[keyof Value];

/**
 * The same for a value whose type is a type parameter of the caller. The mapped type makes the compiler infer the constraint
 * of the parameter: a condition on the parameter itself is deferred, and no type would be assignable to it. Without an
 * inference, as for `<T extends object>`, the default `UnknownObject` accepts objects without known entries.
 */
export type GenericInput<Value> = { readonly [Key in keyof Value]: Value[Key] } & NoInfer<SecretInput<Value>>;
