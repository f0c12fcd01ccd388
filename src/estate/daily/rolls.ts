/** Purposes that dice are rolled for; above those of the weekly estate, so that seeds never share a sequence. */
export const DAILY_ROLL = {
  plan: 101,
  machine: 102,
  change: 103,
  sight: 104,
  subnet: 105,
  plant: 106,
} as const;
