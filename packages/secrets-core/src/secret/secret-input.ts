import type { JsonValue } from "./secret.ts";

declare const refused: unique symbol;

/** Stands in a message of the compiler where a type can never be right. Nothing is of this type. */
interface Refused<Reason extends string> {
  readonly [refused]: Reason;
}

/** An object whose type says nothing of its entries. It has no entry of this name. */
export interface UnknownObject {
  readonly [refused]?: never;
}

type NotAnObject = Refused<"A secret's value must be a JSON object, such as { token }.">;
type NotGiven =
  Refused<"This property may be undefined, and would be left out. Give it a value, or make it optional.">;
type NotJson = Refused<"JSON cannot represent this type. Convert it to strings, numbers or plain objects.">;

/**
 * What a call takes as a value. Whatever can be a JSON object compiles: interfaces, `Record<string, unknown>`, `unknown` as
 * `JSON.parse` gives it. Arrays, functions, dates and other instances with methods, strings, `undefined` and bigints never
 * are one, and do not compile. What types cannot tell, such as the size, is checked when the call is made.
 */
export type SecretInput<Value> = unknown extends Value
  ? unknown
  : Value extends object
    ? Value extends readonly unknown[]
      ? NotAnObject
      : JsonInput<Value>
    : NotAnObject;

/**
 * What an entry of a value can be: any type that can be JSON. An optional property that is `undefined` is left out. One that
 * is required and may be `undefined`, such as `{ token: process.env.TOKEN }`, does not compile.
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

/** Refused as a whole, so that a message of the compiler names the date and not each of its methods. */
type HasMethod<Value> = {
  [Key in keyof Value]-?: unknown extends Value[Key] ? false : Value[Key] extends Callable ? true : false;
}[keyof Value];

/**
 * The same for a value whose type is a type parameter of the caller. The mapped type makes the compiler infer what the
 * parameter extends: a condition on the parameter itself stays open, and nothing would be assignable to it. Where it infers
 * nothing, as for `<T extends object>`, the default {@link UnknownObject} takes objects without known entries, and no functions.
 */
export type GenericInput<Value> = { readonly [Key in keyof Value]: Value[Key] } & NoInfer<SecretInput<Value>>;
