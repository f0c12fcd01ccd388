import { stringify } from 'yaml';

/** What the starter file is filled in with. */
export interface StarterChoices {
  readonly vantage: string;
}

/** The commented tidemark.yaml that `tidemark init` writes. It says the defaults, so it changes nothing until edited. */
export function starterFile({ vantage }: StarterChoices): string {
  return `# Configuration of Tidemark. Every key is optional; what stands here are the defaults.
# "tidemark config check" says what is wrong, "tidemark config show" what is in effect.
# Editors complete and check this file with the schema that "tidemark config schema" prints.
#
# Text may refer to the environment and to files: \${NAME}, \${NAME:-default}, \${file:/run/secrets/x}.

store:
  # Where the history is kept: raw scans, what was read from them, baselines, findings.
  # Relative to this file. Also: --data-dir, TIDEMARK_DATA_DIR. One process at a time uses it.
  dataDir: .tidemark

  # Memory that the embedded engine may use in all.
  memory: 900MB

  # A ClickHouse server instead of the embedded engine: for several users, or more than one
  # machine's work.
  # url: https://clickhouse.example.org:8443
  # user: tidemark
  # password: \${file:/run/secrets/clickhouse}

exposure:
  # Where the scanner stands. The same network looks different from inside and outside, so scans
  # from different vantages are never held against each other.
  vantage: ${stringify(vantage).trim()}

  # Name of the series that imported scans belong to. "auto" tells quick scans from full ones by
  # what each scan asked for.
  profile: auto

  # Your own rules, besides the built-in packs (see "tidemark policy list").
  policy: []
  #  - policy/site.yaml

scope:
  # What "tidemark scan" may scan. Without a grant it scans nothing. "tidemark scope check TARGET"
  # says what is allowed, and by which rule something is not.
  grants: []
  #  - id: office
  #    owner: network team
  #    ticket: CHG-20418
  #    networks: [10.20.0.0/16]
  #    exclude: [10.20.9.0/28]
  #    vantage: ${stringify(vantage).trim()}
  #    profiles: [exposure, services]
  #    windows:
  #      - { days: [mon, tue, wed, thu, fri], from: '22:00', to: '05:00', timeZone: UTC }
  #    expires: 2026-12-31

# Scans that "tidemark schedule run-due" makes; "tidemark schedule units" says how cron starts it.
schedules: []
#  - { name: nightly, cron: '30 2 * * *', profiles: [services], targets: [10.20.0.0/16] }
`;
}
