import type { Environment } from "@archestra/secrets-core";
import type { SettingDeclarations } from "@archestra/secrets-core/plugin";
import { fail } from "../expectation/expectation.ts";

const SHORTEST = 8;

/**
 * Fails for a secret variable whose text says nothing when it is found in an output: one that is short, or a word, is in messages
 * that do not contain the secret. The text itself is not shown.
 *
 * @param member the member of the harness with the texts
 */
export function expectSearchable(
  plugins: readonly SettingDeclarations[],
  texts: Environment | undefined,
  member: "accepted" | "env",
): void {
  for (const declaration of plugins.flatMap((settings) => Object.values(settings))) {
    if (declaration.type !== "variable" || declaration.secret !== true) continue;
    const text = texts?.[declaration.name]?.trim() ?? "";
    const problem = text === "" ? undefined : problemOf(text);
    if (problem === undefined) continue;
    fail(
      `\`${member}.${declaration.name}\` of the harness, which is secret, to be a text that no other message contains: at least ${SHORTEST} characters, and not only letters`,
      problem,
    );
  }
}

function problemOf(text: string): string | undefined {
  if (text.length < SHORTEST) return `it has fewer than ${SHORTEST} characters`;
  return /^\p{L}+$/u.test(text) ? "it consists only of letters, as a word does" : undefined;
}
