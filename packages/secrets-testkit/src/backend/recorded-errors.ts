import type { PluginErrors } from "../runner/plugin-errors.ts";

/** Returns an object with the same members. What they throw is recorded, and thrown. */
export function recordErrors<Product extends object>(product: Product, errors: PluginErrors): Product {
  // Not a proxy of the product itself: that may not replace the members of a frozen object.
  return new Proxy({} as Product, {
    has: (_target, key) => key in product,
    get(_target, key) {
      const member: unknown = Reflect.get(product, key, product);
      if (typeof member === "function") return recordCalls(String(key), member.bind(product), errors);
      return key === "ownership" && isObject(member) ? recordErrors(member, errors) : member;
    },
  });
}

type Call = (...args: readonly unknown[]) => unknown;

function recordCalls(name: string, call: Call, errors: PluginErrors): Call {
  return (...args) => {
    try {
      const result = call(...args);
      if (result instanceof Promise) record(name, result, errors);
      return isIterable(result) ? recordSteps(name, result, errors) : result;
    } catch (error) {
      errors.add(name, error);
      throw error;
    }
  };
}

function recordSteps(
  name: string,
  list: AsyncIterable<unknown>,
  errors: PluginErrors,
): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]() {
      const steps = list[Symbol.asyncIterator]();
      const end = steps.return?.bind(steps);
      return {
        next: () => record(name, steps.next(), errors),
        ...(end === undefined ? {} : { return: (value?: unknown) => record(name, end(value), errors) }),
      };
    },
  };
}

function record<Result>(name: string, result: Promise<Result>, errors: PluginErrors): Promise<Result> {
  result.catch((error: unknown) => errors.add(name, error));
  return result;
}

function isIterable(thing: unknown): thing is AsyncIterable<unknown> {
  return isObject(thing) && Symbol.asyncIterator in thing;
}

function isObject(thing: unknown): thing is object {
  return typeof thing === "object" && thing !== null;
}
