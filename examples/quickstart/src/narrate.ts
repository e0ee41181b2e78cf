let steps = 0;

const WIDTH = 80;

/** Prints the heading of the next step. */
export function step(title: string): void {
  steps++;
  console.log(`\n${steps}. ${title}`);
}

/** Prints a sentence about the step. */
export function say(text: string): void {
  for (const line of fold(text)) console.log(`   ${line}`);
}

/** Prints a quotation: code, a row, a message. */
export function quote(text: string): void {
  for (const line of text.trimEnd().split("\n").flatMap(fold)) console.log(`     | ${line}`);
}

/** `1 value`, `2 values`. */
export function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** Breaks a line between words. */
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
