/** A moment, by two clocks: one that never jumps but may stop while the machine sleeps, and one that does not stop but may jump. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export function now(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

/** How far the wall clock may run ahead before that counts as sleep. */
const SLEEP = 1_000;

/**
 * Milliseconds since a moment. A wall clock that was set back is ignored. One that was set forward counts, which causes at
 * most an early login.
 */
export function since(moment: Moment): number {
  const monotonic = performance.now() - moment.monotonic;
  const wall = Date.now() - moment.wall;
  return wall > monotonic + SLEEP ? wall : monotonic;
}
