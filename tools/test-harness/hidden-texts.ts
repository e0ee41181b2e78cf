import { randomBytes } from "node:crypto";
import { excerptsOf } from "../../packages/secrets-testkit/src/redaction/excerpts.ts";

/** Texts that a test plants as secrets, and finds wherever one of them is shown: whole, encoded, or eight successive characters. */
export class HiddenTexts<Name extends string> {
  readonly #texts = new Map<Name, string>();
  readonly #excerpts = new Map<Name, readonly string[]>();

  /** Returns the text of a name, which is random, and made at the first call. */
  text(name: Name): string {
    const known = this.#texts.get(name);
    if (known !== undefined) return known;
    const text = `p1${randomBytes(60)
      .toString("base64")
      .replaceAll(/[^A-Za-z0-9]/g, "")
      .slice(0, 40)}`;
    this.add(name, text);
    return text;
  }

  /** Adds a text that is made elsewhere. */
  add(name: Name, text: string): void {
    this.#texts.set(name, text);
    this.#excerpts.set(name, excerptsOf(text));
  }

  /** Returns the names of the texts of which a part is shown. */
  shownIn(text: string): Name[] {
    return [...this.#excerpts].flatMap(([name, parts]) =>
      parts.some((part) => text.includes(part)) ? [name] : [],
    );
  }

  /** Returns the names of the texts that a file contains, as they are or as base64 or hexadecimal digits. */
  shownInFile(content: Buffer): Name[] {
    const searched = content.toString("latin1");
    return [...this.#texts].flatMap(([name, text]) => {
      const forms = [text.slice(0, 16), text.slice(-16), Buffer.from(text).toString("hex").slice(0, 32)];
      forms.push(Buffer.from(text).toString("base64").slice(0, 20));
      return forms.some((form) => searched.includes(form)) ? [name] : [];
    });
  }
}
