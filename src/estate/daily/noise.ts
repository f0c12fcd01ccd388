/**
 * How much harmless change a daily history has, and how badly it is seen. Guesses from operating networks rather than
 * measurements, the same for every world; they are here so that whoever knows better can say so.
 */
export interface DailyNoise {
  /** Per open port and scan: not listed. */
  readonly miss: number;
  /** Share of hosts behind a filter that answers some probes only, and how often it swallows a port. */
  readonly limitedHosts: number;
  readonly limitedRate: number;
  /** Per subnet and scan: congested, and then per port: not listed. */
  readonly congested: number;
  readonly congestedMiss: number;
  /** Per service and scan: version detection says nothing, or names another service. */
  readonly versionNull: number;
  readonly misdetect: number;
  /** Per host and scan: another OS family is guessed. */
  readonly osWrong: number;
  /** Per server and day, per laptop and day: a harmless new port that stays. */
  readonly serverPort: number;
  readonly laptopPort: number;
  /** Per server and day: a port closes for good. */
  readonly closedPort: number;
  /** Per host and day: one product updated out of turn. */
  readonly upgrade: number;
  /** Rollouts of one service over a fleet, in 30 days. */
  readonly rolloutsPer30: number;
  /** Days between waves of updates. */
  readonly patchEvery: number;
  /** Per host and day: a new machine, one switched off for good, one moved to another address. */
  readonly commission: number;
  readonly decommission: number;
  readonly migrate: number;
  /** Per developer's machine and day: a port comes or goes. */
  readonly developerChurn: number;
  /** Per node and day: the orchestrator opens or closes a port of 30000–32767. */
  readonly nodePortChurn: number;
  /** Per Windows machine and day: restarted, its dynamic RPC ports have moved; laptops three times as often. */
  readonly reboot: number;
  /** Per laptop and day: another lease. */
  readonly dhcpChurn: number;
  /** Share of office subnets behind a router. */
  readonly routedOffice: number;
}

/** The noise of the published worlds (`truth.json`, meta.knobs); `reboot` is not published. */
export const DAILY_NOISE: DailyNoise = {
  miss: 0.003,
  limitedHosts: 0.08,
  limitedRate: 0.12,
  congested: 0.02,
  congestedMiss: 0.2,
  versionNull: 0.02,
  misdetect: 0.002,
  osWrong: 0.01,
  serverPort: 0.0015,
  laptopPort: 0.004,
  closedPort: 0.0006,
  upgrade: 0.0015,
  rolloutsPer30: 3,
  patchEvery: 30,
  commission: 0.0008,
  decommission: 0.0006,
  migrate: 0.0004,
  developerChurn: 0.06,
  nodePortChurn: 0.03,
  reboot: 0.03,
  dhcpChurn: 0.06,
  routedOffice: 0.4,
};
