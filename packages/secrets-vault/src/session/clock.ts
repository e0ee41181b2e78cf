/** A moment, by two clocks: one that never jumps but may stand still while the machine sleeps, and one that does neither. */
export interface Moment {
  readonly monotonic: number;
  readonly wall: number;
}

export function now(): Moment {
  return { monotonic: performance.now(), wall: Date.now() };
}

/** How far the wall clock may run ahead before that is taken for a time of sleep. */
const SLEEP = 1_000;

/**
 * Milliseconds since a moment. A wall clock that was set back is not believed; one that was set forward is, which costs at
 * most a login too early.
 */
export function since(moment: Moment): number {
  const monotonic = performance.now() - moment.monotonic;
  const wall = Date.now() - moment.wall;
  return wall > monotonic + SLEEP ? wall : monotonic;
}
