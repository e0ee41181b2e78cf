// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are source code
import type { PlantedBug } from "./planted-bug.ts";

/** Mistakes in lists of several pages. */
export const bugsOfLists: readonly PlantedBug[] = [
  {
    mistake: "A list ends after ten pages.",
    file: "redis-backend.ts",
    changes: [
      [
        "for (let left = limit ?? Number.POSITIVE_INFINITY; left > 0; ) {",
        "for (let left = limit ?? Number.POSITIVE_INFINITY, pages = 0; left > 0 && pages < 10; pages++) {",
      ],
    ],
    groups: ["listing"],
    caughtBy: "more secrets than a page of the store are all listed and counted",
  },
  {
    mistake: "A list whose later page fails ends as if it were complete.",
    file: "redis-backend.ts",
    changes: [
      [
        "if (!Array.isArray(page)) throw new StrangeAnswer();",
        `if (page === undefined) return;
      if (!Array.isArray(page)) throw new StrangeAnswer();`,
      ],
      [
        `        signal,
      );
      if (page === undefined)`,
        `        signal,
      ).catch((error) => {
        if (lowest.startsWith('[')) throw error;
        return undefined;
      });
      if (page === undefined)`,
      ],
    ],
    groups: ["listing", "errors"],
    caughtBy: "a list whose later page cannot be read does not end as if it were complete",
  },
  {
    mistake: "A list requests the next page ahead, and no process awaits it when the reader stops.",
    file: "redis-backend.ts",
    changes: [
      ["      const page = await this.#read(", "      const page: any = await (ahead ?? this.#read("],
      [
        `        signal,
      );
      if (!Array.isArray(page)) throw new StrangeAnswer();
      if (page.length === 0) return;`,
        `        signal,
      ));
      if (!Array.isArray(page)) throw new StrangeAnswer();
      if (page.length === 0) return;
      ahead = this.#read(["EVAL", LIST, "1", this.#names, \`(\${page.at(-1)[0]}\`, highest, String(this.#pageSize), this.#secrets], signal);`,
      ],
      [
        "      for (const entry of page) {",
        `      for (const entry of page) {
        if (left <= 0) return;`,
      ],
      [
        "    for (let left = limit ??",
        `    let ahead: Promise<unknown> | undefined;
    for (let left = limit ??`,
      ],
    ],
    groups: ["listing", "lifecycle", "errors"],
    caughtBy: "a list that its consumer has left leaves no unhandled rejection when the store fails",
  },
  {
    mistake: "A list swaps the times of creation and of the last change.",
    file: "redis-backend.ts",
    changes: [
      ["yield infoOf(name, version, created, updated);", "yield infoOf(name, version, updated, created);"],
    ],
    groups: ["versions", "listing"],
    caughtBy: "the returned times agree, and change only with writes",
  },
];
