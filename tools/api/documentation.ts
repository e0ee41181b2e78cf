import { Logger, LogLevel } from "typedoc";
import type { Problem } from "../checks/problem.ts";
import { readDeclarations } from "./type-doc.ts";

/**
 * Members that the comment of their owner describes: those of an anonymous object type, such as one answer of several, and
 * those that the specification of Standard Schema defines.
 */
const describedByOwner = /\.__type\.|\.~standard/;

/** What a user of the packages sees and has to guess: every exported symbol, and every member of one, has TSDoc. */
export async function documentationProblems(): Promise<Problem[]> {
  const { application, project } = await readDeclarations({
    validation: {
      notDocumented: true,
      notExported: false,
      invalidLink: true,
      rewrittenLink: false,
      unusedMergeModuleWith: false,
    },
    requiredToBeDocumented: [
      "Enum",
      "EnumMember",
      "Variable",
      "Function",
      "Class",
      "Interface",
      "Property",
      "Method",
      "Accessor",
      "TypeAlias",
    ],
    logLevel: "Warn",
  });
  const warnings = new Set<string>();
  class WarningCollector extends Logger {
    override log(message: string, level: LogLevel): void {
      if (level >= LogLevel.Warn && !describedByOwner.test(message)) warnings.add(message);
    }
  }
  application.logger = new WarningCollector();
  application.validate(project);
  return [...warnings].map((message) => {
    const [, symbol, what] =
      /^(\S+) \(\w+\), defined in \S+, (does not have any documentation)/.exec(message) ?? [];
    return symbol === undefined || what === undefined
      ? { where: "TSDoc", what: message, todo: "Correct the link." }
      : { where: symbol, what: "has no TSDoc", todo: "Write what it means, and what its absence means." };
  });
}
