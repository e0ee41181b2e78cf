// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes in names, and in what keeps the secrets of two stores apart. */
export const bugsOfNames: readonly PlantedBug[] = [
  {
    mistake:
      "Names are compared in a compatibility form (NFKC), so a ligature and its letters are one secret.",
    file: "redis-backend.ts",
    changes: [["return this.#secrets + name;", 'return this.#secrets + name.normalize("NFKC");']],
    groups: ["names"],
    caughtBy: "upper and lower case are different",
  },
  {
    mistake: "Names are compared without accents, as a collation of a database does.",
    file: "redis-backend.ts",
    changes: [
      [
        "return this.#secrets + name;",
        'return this.#secrets + name.normalize("NFD").replace(/\\p{M}/gu, "");',
      ],
    ],
    groups: ["names"],
    caughtBy: "letters with marks are different from those without",
  },
  {
    mistake: "A name is cut after 255 bytes, the longest key of the store.",
    file: "redis-backend.ts",
    changes: [
      [
        "return this.#secrets + name;",
        "return this.#secrets + Buffer.from(name).subarray(0, 255).toString();",
      ],
    ],
    groups: ["names"],
    caughtBy: "the longest names are kept whole",
  },
  {
    mistake: "A plus in a name is read as a space, as in a form.",
    file: "redis-backend.ts",
    changes: [["return this.#secrets + name;", 'return this.#secrets + name.replaceAll("+", " ");']],
    groups: ["names"],
    caughtBy: "percent signs are not decoded, once or twice",
  },
  {
    mistake: "The index of names is shared by all prefixes.",
    file: "redis-backend.ts",
    changes: [["this.#names = `{${prefix}}:names`;", 'this.#names = "{secrets}:names";']],
    groups: ["existence", "listing"],
    caughtBy: "two stores with the same names do not influence each other",
  },
  {
    mistake: "The recorded path is in lower case.",
    file: "redis-backend.ts",
    changes: [
      [
        "return `${this.#database}/${this.#keyOf(name)}`;",
        "return `${this.#database}/${this.#keyOf(name).toLowerCase()}`;",
      ],
    ],
    groups: ["names"],
    caughtBy: "path: different names have different paths",
  },
  {
    mistake: "The recorded path does not contain the prefix.",
    file: "redis-backend.ts",
    changes: [["return `${this.#database}/${this.#keyOf(name)}`;", "return `${this.#database}/${name}`;"]],
    groups: ["names", "existence"],
    caughtBy: "path: the same name has different paths in two stores",
  },
];
