import { expectNotShown } from "../redaction/planted-text.ts";
import type { BackendFixture } from "./backend-fixture.ts";

/** Returns the values of the variables that are declared secret. */
export function secretSettings(fixture: BackendFixture): string[] {
  return textsOfVariables(fixture, true);
}

/**
 * Fails when something shows one of the texts or an excerpt of one. The values of variables that are not secret may be shown.
 *
 * @param where what the thing is, as in "an error of `create`"
 */
export function expectHidden(
  fixture: BackendFixture,
  texts: readonly string[],
  thing: unknown,
  where: string,
): void {
  expectNotShown(texts, thing, where, textsOfVariables(fixture, false));
}

function textsOfVariables({ store }: BackendFixture, isSecret: boolean): string[] {
  const declarations = store.plugins.flatMap(({ settings }) => Object.values(settings));
  return declarations.flatMap((declaration) => {
    if (declaration.type !== "variable" || (declaration.secret === true) !== isSecret) return [];
    const text = store.env?.[declaration.name];
    return text === undefined || text.trim() === "" ? [] : [text];
  });
}
