import { inspect } from "node:util";

/** The last errors explain the failure. The others were expected by the case. */
const MOST = 10;

/** The original errors of the plugin during one case, for its author. They are not redacted. */
export class PluginErrors {
  readonly #errors: { readonly call: string; readonly error: unknown }[] = [];

  /** Forgets the errors of the previous case. */
  clear(): void {
    this.#errors.length = 0;
  }

  /** @param call the member of the plugin that threw */
  add(call: string, error: unknown): void {
    this.#errors.push({ call, error });
  }

  /** Returns the errors as text. Undefined: the plugin threw none. */
  describe(): string | undefined {
    if (this.#errors.length === 0) return undefined;
    const left = Math.max(0, this.#errors.length - MOST);
    const heading = `The plugin threw ${this.#errors.length} errors during this case${left > 0 ? `, the last ${MOST} of which are` : ""}:`;
    const errors = this.#errors.slice(left).map(({ call, error }) => `${call}: ${inspect(error)}`);
    return [heading, ...errors].join("\n").replaceAll("\n", "\n  ");
  }
}
