let steps = 0;

const WIDTH = 80;

/** Begins the next step of the story. */
export function step(title: string): void {
  steps++;
  console.log(`\n${steps}. ${title}`);
}

/** What happened. */
export function say(text: string): void {
  for (const line of fold(text)) console.log(`   ${line}`);
}

/** Something quoted: code, a row, a message. */
export function quote(text: string): void {
  for (const line of text.trimEnd().split("\n").flatMap(fold)) console.log(`     | ${line}`);
}

/** `1 value`, `2 values`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Lines of words that fit; a word is never cut. */
function fold(line: string): string[] {
  if (line.length <= WIDTH) return [line];
  const [indent = ""] = /^ */.exec(line) ?? [];
  const [first = "", ...words] = line.trim().split(" ");
  const lines = [indent + first];
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`;
    if (longer.length <= WIDTH) lines[lines.length - 1] = longer;
    else lines.push(indent + word);
  }
  return lines;
}
