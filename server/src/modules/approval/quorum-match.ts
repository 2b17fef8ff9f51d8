/** A step as far as it matters for who can sit where. */
export interface Seats {
  readonly quorum: number;
  /** Who could decide it. */
  readonly people: readonly string[];
}

/**
 * Whether every step finds its quorum of people when nobody decides twice; answers the first step that does not, or
 * null. (Augmenting paths: each seat takes a person, who may be moved to another seat of his.)
 */
export function firstUnfilledStep(steps: readonly Seats[]): number | null {
  const seatOf = new Map<string, number>();
  const seats = steps.flatMap((step, index) => Array.from({ length: step.quorum }, () => ({ step: index, ...step })));
  const fill = (seat: number, seen: Set<string>): boolean => {
    for (const person of seats[seat]?.people ?? []) {
      if (seen.has(person)) continue;
      seen.add(person);
      const taken = seatOf.get(person);
      if (taken === undefined || fill(taken, seen)) {
        seatOf.set(person, seat);
        return true;
      }
    }
    return false;
  };
  for (const [seat, { step }] of seats.entries()) {
    if (!fill(seat, new Set())) return step;
  }
  return null;
}
