import type { BrowserContext, Page } from "playwright-core";

type ColorScheme = "light" | "dark";

/** What a page showed in the browser. */
export interface VisitedPage {
  /** Its path, such as `/guide/operations.html`. */
  readonly path: string;
  readonly problems: readonly string[];
  /** The ids of its elements, to which links can lead. */
  readonly anchors: ReadonlySet<string>;
  /** The links to pages of the site, as absolute paths with anchors. */
  readonly links: readonly string[];
}

/** A narrow and a wide window, in light and dark, so that each differs from the one before in one respect. */
const views = [
  { width: 390, colorScheme: "light" },
  { width: 390, colorScheme: "dark" },
  { width: 1280, colorScheme: "dark" },
  { width: 1280, colorScheme: "light" },
] as const;

/** A tab that visits one page after the other. */
export class Tab {
  readonly #page: Page;
  readonly #origin: string;
  #views: readonly (typeof views)[number][] = views;
  #problems = new Set<string>();

  private constructor(page: Page, origin: string) {
    this.#page = page;
    this.#origin = origin;
    page.on("console", (message) => {
      const type = message.type();
      if (type === "error" || type === "warning") this.#problems.add(`console, ${type}: ${message.text()}`);
    });
    page.on("pageerror", (error) => this.#problems.add(`throws ${error.message}`));
    page.on("request", (request) => {
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && url.origin !== origin)
        this.#problems.add(`requests ${url.href}`);
    });
    page.on("response", (response) => {
      if (response.status() >= 400) this.#problems.add(`requests ${response.url()}: ${response.status()}`);
    });
  }

  static async open(context: BrowserContext, origin: string): Promise<Tab> {
    return new Tab(await context.newPage(), origin);
  }

  /** Loads a page, and looks at it in every view. The next page is loaded in the view in which this one ends. */
  async visit(path: string): Promise<VisitedPage> {
    this.#problems = new Set();
    const problems = this.#problems;
    try {
      for (const [index, { width, colorScheme }] of this.#views.entries()) {
        await this.#page.setViewportSize({ width, height: 900 });
        await this.#page.emulateMedia({ colorScheme });
        if (index === 0) await this.#page.goto(`${this.#origin}${path}`, { waitUntil: "load" });
        await this.#isDrawn(colorScheme);
        const overflow = await this.#page.evaluate(overflowOf);
        if (overflow !== undefined) problems.add(`is wider than ${width} pixels: ${overflow}`);
      }
      this.#views = this.#views.toReversed();
      const { anchors, links } = await this.#page.evaluate(anchorsAndLinks);
      return { path, problems: [...problems], anchors: new Set(anchors), links };
    } catch (error) {
      return { path, problems: [...problems, String(error)], anchors: new Set(), links: [] };
    }
  }

  /** Waits until the page is interactive in these colors, with every diagram drawn in them. */
  async #isDrawn(colorScheme: ColorScheme): Promise<void> {
    await this.#page.waitForFunction((scheme) => {
      const diagrams = [...document.querySelectorAll(".diagram")];
      return (
        "__vue_app__" in (document.querySelector("#app") ?? {}) &&
        document.documentElement.classList.contains("dark") === (scheme === "dark") &&
        diagrams.every((diagram) => diagram.getAttribute("data-colors") === scheme)
      );
    }, colorScheme);
  }
}

/** The first element that makes the page wider than the window. Runs in the page. */
function overflowOf(): string | undefined {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return undefined;
  const element = [...document.querySelectorAll("main *")].find(
    (candidate) => candidate.getBoundingClientRect().right > width + 1,
  );
  return element === undefined ? "an element outside its text" : element.outerHTML.slice(0, 120);
}

/** Runs in the page. */
function anchorsAndLinks(): { anchors: string[]; links: string[] } {
  const links = [...document.querySelectorAll<HTMLAnchorElement>("a[href]")]
    .filter((link) => link.origin === location.origin)
    .map((link) => decodeURI(link.pathname + link.hash));
  return { anchors: [...document.querySelectorAll("[id]")].map(({ id }) => id), links: [...new Set(links)] };
}
