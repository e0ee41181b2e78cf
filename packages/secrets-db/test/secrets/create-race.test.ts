import { expect, test } from "vitest";
import { startAgents } from "../support/agents.ts";
import { fileEnvironment, openManager } from "../support/open-manager.ts";
import { scratchFile } from "../support/scratch-folder.ts";

test("of eight processes that create the same 200 names at once, one wins each name and the others are told", async () => {
  const file = scratchFile();
  const agents = await startAgents(8);
  await Promise.all(agents.map((agent) => agent.do("open", fileEnvironment(file))));
  const names = Array.from({ length: 200 }, (_, index) => `contested/${index}`);
  const outcomes = await Promise.all(
    agents.map((agent, index) => agent.do("create", names, { by: `process ${index}` })),
  );
  const manager = await openManager(file);
  for (const [index, name] of names.entries()) {
    const ofName = outcomes.map((outcome) => outcome[index]);
    expect(ofName.filter((outcome) => outcome === "created")).toHaveLength(1);
    expect(ofName.filter((outcome) => outcome === "ALREADY_EXISTS")).toHaveLength(7);
    expect((await manager.get(name))?.value).toEqual({ by: `process ${ofName.indexOf("created")}` });
  }
  const winners = new Set(outcomes.flatMap((outcome, by) => (outcome.includes("created") ? [by] : [])));
  expect(winners.size).toBeGreaterThan(1);
});
