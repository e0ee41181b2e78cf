/** One call of a backend, or of the ownership table that it keeps. */
export interface Step {
  /** The id of the plugin. */
  readonly plugin: string;
  /** The method; `ownership.claim` and the like for the table. */
  readonly method: string;
  readonly args: readonly unknown[];
}

/** Runs one step, or does something else instead. */
export type Intercept = (step: Step, run: () => Promise<unknown>) => Promise<unknown>;

/** What is needed of a plugin, from whichever copy of the package. */
interface AnyPlugin {
  readonly id: string;
  readonly create: (settings: never, context: never) => unknown;
}

/** Calls that give something to iterate over, or nothing to wait for. */
const direct = new Set(["list", "transitions", "classify", "path", "close"]);

/** The same plugin, of which every call that a manager makes on its backend passes through here. */
export function interceptedPlugin<P extends AnyPlugin>(plugin: P, intercept: Intercept): P {
  // An heir has what only the plugin itself knows, such as its options.
  return Object.create(plugin, {
    create: {
      value: async (settings: never, context: never) => {
        const backend = (await plugin.create(settings, context)) as object;
        return intercepted(backend, plugin.id, "", intercept);
      },
    },
  }) as P;
}

function intercepted(target: object, plugin: string, prefix: string, intercept: Intercept): object {
  return new Proxy(target, {
    get(_, key) {
      const member: unknown = Reflect.get(target, key, target);
      if (key === "ownership" && typeof member === "object" && member !== null) {
        return intercepted(member, plugin, "ownership.", intercept);
      }
      if (typeof member !== "function" || typeof key !== "string") return member;
      const bound = member.bind(target) as (...args: unknown[]) => Promise<unknown>;
      if (direct.has(key)) return bound;
      return (...args: unknown[]) =>
        intercept({ plugin, method: prefix + key, args }, async () => bound(...args));
    },
  });
}
