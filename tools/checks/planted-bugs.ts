import { join } from "node:path";
import { CommandFailed } from "./custom-backend/command.ts";
import { provePlantedBugs } from "./custom-backend/redis-backend.ts";
import { packWorkspace } from "./custom-backend/tarballs.ts";
import { type Problem, report } from "./problem.ts";
import { openWorkFolder } from "./work-folder.ts";
import { root } from "./workspace.ts";

/** Checks that the suite, as it is published, catches the bugs that are planted in a backend on Redis. It takes minutes. */
const work = openWorkFolder("planted-bugs");
const problems: Problem[] = [];
try {
  await provePlantedBugs(join(root, "examples/redis-backend"), packWorkspace(work.path), work.path);
} catch (error) {
  if (!(error instanceof CommandFailed)) throw error;
  problems.push({
    where: "examples/redis-backend/test/planted-bugs",
    what: error.message,
    todo: "Add a case to packages/secrets-testkit that catches the bug, or correct what the bug names.",
  });
} finally {
  work.remove();
}
report("Planted bugs", problems);
