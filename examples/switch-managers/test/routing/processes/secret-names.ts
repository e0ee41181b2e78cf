/** The names of so many secrets, in their order: the same in every process. */
export function secretNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `secret-${String(index).padStart(5, "0")}`);
}
