import type { ScriptOptions } from "../run-script.ts";

/** How a snippet is run, and what it shows then. */
export interface SnippetRun extends Omit<ScriptOptions, "cwd"> {
  /** What it prints: the whole text, or a pattern that matches it. */
  readonly prints: string | RegExp;
}

/** A snippet that needs a server, or something else of the application that it is a part of. */
export interface ServerSnippet {
  /** Whether what it needs can be had. Otherwise its test is skipped, and the run has said why. */
  readonly canRun: boolean;
  /** Starts what it needs, which stops when the test has finished. */
  readonly prepare: () => SnippetRun | Promise<SnippetRun>;
}
