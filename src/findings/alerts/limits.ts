/** A day, in microseconds. */
export const DAY = 86_400e6;

/** The rules' own numbers; the one that a user sets is the budget. */
export const ALERTS = {
  /** Days of decisions that tell how many better findings are still to come on a day: two weeks hold every weekday twice. */
  learnedDays: 14,
  /** Alerts about one finding within a day, after which it is told in the digest until it has stood still for a day. */
  flaps: 2,
  /** Hosts on which one change in one pass is told once: as of anomalies, where a token on four hosts is one story. */
  fleetHosts: 4,
  /** Items that a digest names. */
  digestItems: 20,
  /** Hosts that an item of a digest names. */
  itemHosts: 100,
} as const;
