import type { SecretsManager } from "@archestra/secrets-core";
import { expect, test } from "vitest";
import { type Agent, startAgents } from "../support/agents.ts";
import { fileEnvironment, openManager } from "../support/open-manager.ts";
import { scratchFile } from "../support/scratch-folder.ts";

test("of eight processes that create the same 200 names at once, one wins each name and the others fail", async () => {
  const file = scratchFile();
  const agents = await startAgents(8);
  await Promise.all(agents.map((agent) => agent.do("open", fileEnvironment(file))));
  const manager = await openManager(file);
  // Where the machine let one run alone, there was no race.
  for (let round = 1, winners = 0; winners < 2; round++) {
    expect(round).toBeLessThan(20);
    winners = await race(agents, manager, `contested/${round}`);
  }
});

/** @returns how many won a name */
async function race(agents: readonly Agent[], manager: SecretsManager, prefix: string): Promise<number> {
  const names = Array.from({ length: 200 }, (_, index) => `${prefix}/${index}`);
  // Each begins with other names, so that none wins them all by being first.
  const outcomes = await Promise.all(
    agents.map(async (agent, index) => {
      const own = names.slice(index * 25);
      const ordered = [...own, ...names.slice(0, index * 25)];
      const results = await agent.do("create", ordered, { by: `process ${index}` });
      return new Map(ordered.map((name, at) => [name, results[at]]));
    }),
  );
  for (const name of names) {
    const ofName = outcomes.map((outcome) => outcome.get(name));
    expect(ofName.filter((outcome) => outcome === "created")).toHaveLength(1);
    expect(ofName.filter((outcome) => outcome === "ALREADY_EXISTS")).toHaveLength(7);
    expect((await manager.get(name))?.value).toEqual({ by: `process ${ofName.indexOf("created")}` });
  }
  return outcomes.filter((outcome) => [...outcome.values()].includes("created")).length;
}
