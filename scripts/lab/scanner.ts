/** What a step of the lab may do: run a tool where the scanner stands. */
export interface Scanner {
  /** Directory that the tools run in; output names are relative to it. */
  readonly directory: string;
  /**
   * Runs a tool in the scanner's namespace. `at` shifts its clock (where faketime is installed);
   * `interruptAfterMs` sends it SIGINT. `chatter` keeps a packet
   * coming every half second: masscan 1.3.2 waits for one more before it looks whether it is done. Throws when it fails or hangs.
   */
  readonly scan: (
    command: readonly string[],
    options?: { readonly at?: Date; readonly interruptAfterMs?: number; readonly chatter?: boolean },
  ) => Promise<void>;
}
