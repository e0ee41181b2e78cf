/** What is measured on either side of each pair. */
export interface Pair<Measurement> {
  readonly baseline: Measurement;
  readonly subject: Measurement;
}

export const fewestPairs = 15;

/**
 * Measures both sides in turn, the one that goes first changing with each pair: what drifts during the run, such as the
 * clock rate, hits both sides alike.
 */
export async function alternatePairs<Measurement>(
  count: number,
  baseline: () => Measurement | Promise<Measurement>,
  subject: () => Measurement | Promise<Measurement>,
): Promise<Pair<Measurement>[]> {
  if (count < fewestPairs) throw new RangeError(`${count} pairs are too few: take at least ${fewestPairs}.`);
  const pairs: Pair<Measurement>[] = [];
  for (let index = 0; index < count; index++) {
    if (index % 2 === 0) {
      const first = await baseline();
      pairs.push({ baseline: first, subject: await subject() });
    } else {
      const first = await subject();
      pairs.push({ baseline: await baseline(), subject: first });
    }
  }
  return pairs;
}
