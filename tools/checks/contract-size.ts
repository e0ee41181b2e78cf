import { readFileSync } from "node:fs";
import { join } from "node:path";
import typescript from "typescript";
import { regionOf } from "../docs/embedded-code.ts";
import type { Problem } from "./problem.ts";
import { root } from "./workspace.ts";

const contract = "packages/secrets-core/src/backend/backend.ts";
const mostMembers = 7;
const harness = "packages/secrets-testkit/test/samples/acme-harness.ts";
const mostHarnessLines = 30;

/** How much the author of a plugin has to write: what every backend implements, and what the suite wants to know of it. */
export function checkContractSize(): Problem[] {
  return [...tooManyMembers(), ...tooLongHarness()];
}

function tooManyMembers(): Problem[] {
  const members = requiredMembers("SecretsBackend");
  if (members.length > 0 && members.length <= mostMembers) return [];
  return [
    {
      where: contract,
      what: `SecretsBackend has ${members.length} members that every backend must implement: ${members.join(", ")}`,
      todo: `At most ${mostMembers}. Make the new one optional, with a default in the manager.`,
    },
  ];
}

function requiredMembers(name: string): string[] {
  const text = readFileSync(join(root, contract), "utf8");
  const file = typescript.createSourceFile(contract, text, typescript.ScriptTarget.Latest);
  return file.statements
    .filter(typescript.isInterfaceDeclaration)
    .filter((declaration) => declaration.name.text === name)
    .flatMap((declaration) => [...declaration.members])
    .filter((member) => member.questionToken === undefined)
    .map((member) => member.name?.getText(file) ?? "?");
}

function tooLongHarness(): Problem[] {
  const lines = regionOf(readFileSync(join(root, harness), "utf8").split("\n"), "harness", harness);
  if (lines.length <= mostHarnessLines) return [];
  return [
    {
      where: harness,
      what: `a harness with raw access and faults has ${lines.length} lines`,
      todo: `At most ${mostHarnessLines}: simplify what the suite asks for.`,
    },
  ];
}
