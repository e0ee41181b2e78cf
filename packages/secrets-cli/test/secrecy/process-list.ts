import { readdirSync, readFileSync } from "node:fs";

/** The arguments of every process of a group, as `ps` shows them to every user of the machine. */
export function argumentsOfGroup(group: number): string[] {
  return readdirSync("/proc").flatMap((entry) => {
    if (!/^\d+$/.test(entry)) return [];
    try {
      // The name in parentheses can contain spaces; the group is the third field behind it.
      const fields = readFileSync(`/proc/${entry}/stat`, "utf8")
        .replace(/^.*\) /s, "")
        .split(" ");
      if (Number(fields[2]) !== group) return [];
      return [readFileSync(`/proc/${entry}/cmdline`, "latin1").replaceAll("\0", " ")];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}
