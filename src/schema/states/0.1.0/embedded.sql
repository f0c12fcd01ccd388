CREATE TABLE tidemark.access_token
(
    `id` UUID COMMENT 'Identifier of the token',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `event` LowCardinality(String) COMMENT 'created or revoked',
    `by` String COMMENT 'Who',
    `name` String COMMENT 'Who or what the token is for',
    `role` LowCardinality(String) COMMENT 'viewer, analyst or admin',
    `note` String COMMENT 'Why',
    `digest` String COMMENT 'SHA-256 of the secret in hex; empty when revoked',
    `until` Nullable(DateTime64(6, 'UTC')) COMMENT 'When it ends by itself; null: never'
)
ENGINE = MergeTree
ORDER BY (at, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Tokens of the API, made and revoked; of the secret only its SHA-256';

CREATE TABLE tidemark.announced_change
(
    `announcement` UUID COMMENT 'Identifier',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `by` String COMMENT 'Who',
    `note` String COMMENT 'Why',
    `event` LowCardinality(String) COMMENT 'announced or withdrawn',
    `ticket` String COMMENT 'Ticket or other reference',
    `hosts` Array(String) COMMENT 'Address blocks',
    `ports` Array(String) COMMENT 'Ports that are to change: 443/tcp; empty for any',
    `from` DateTime64(6, 'UTC') COMMENT 'From when on',
    `to` DateTime64(6, 'UTC') COMMENT 'Until when'
)
ENGINE = MergeTree
ORDER BY (at, announcement)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Announced changes, and announcements withdrawn';

CREATE TABLE tidemark.app_event
(
    `time` DateTime64(6, 'UTC') COMMENT 'When; of a flow its first packet' CODEC(Delta(8), ZSTD(1)),
    `sensor` LowCardinality(String) COMMENT 'Sensor that saw it',
    `source` IPv6 COMMENT 'Address of the originator; IPv4 is stored mapped',
    `source_port` UInt16 COMMENT 'Its port; 0 where the protocol has none',
    `destination` IPv6 COMMENT 'Address of the responder',
    `destination_port` UInt16 COMMENT 'Its port; ICMP: type << 8 | code; 0 where the protocol has none',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `service` LowCardinality(String) COMMENT 'http, tls, dns, ssh, smb, …',
    `action` LowCardinality(String) COMMENT 'HTTP method, DNS query type, SMB command',
    `name` String COMMENT 'HTTP host, TLS server name, DNS query name, SMB share' CODEC(ZSTD(1)),
    `target` String COMMENT 'HTTP request target' CODEC(ZSTD(1)),
    `agent` String COMMENT 'HTTP user agent, SSH client banner' CODEC(ZSTD(1)),
    `status` LowCardinality(String) COMMENT 'HTTP status code, DNS rcode, TLS alert, success or failure of a login',
    `accepted` Enum8('unknown' = -1, 'no' = 0, 'yes' = 1) COMMENT 'Whether the peer went along',
    `ja3` String COMMENT 'JA3 of the ClientHello, as logged' CODEC(ZSTD(1)),
    `ja4` String COMMENT 'JA4 of the ClientHello, as logged' CODEC(ZSTD(1)),
    `hassh` String COMMENT 'HASSH of the SSH client, as logged' CODEC(ZSTD(1)),
    `uid` String COMMENT 'The record\'s own identifier' CODEC(ZSTD(1)),
    `file` LowCardinality(String) COMMENT 'File as the user named it; - is standard input',
    `line` UInt64 COMMENT 'Line, from 1; packet number in a capture' CODEC(Delta(8), ZSTD(1)),
    `loaded` DateTime COMMENT 'When it was read; retention counts from here',
    `record` UInt64 MATERIALIZED cityHash64(time, sensor, source, source_port, destination, destination_port, protocol, service, action, name, target, agent, status, accepted, ja3, ja4, hassh, uid) COMMENT 'Hash of all that the sensor said: the same in every copy of the record',
    INDEX time_range time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(loaded)
PARTITION BY toMonday(time)
ORDER BY (source, time, record)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Requests, handshakes and names';

CREATE TABLE tidemark.assessment
(
    `assessment` UUID COMMENT 'Identifier of the assessment',
    `assessed` DateTime64(6, 'UTC') COMMENT 'When',
    `run` String COMMENT 'The run assessed',
    `against` LowCardinality(String) COMMENT 'baseline v3, run 1f2e…, or nothing',
    `risk` LowCardinality(String) COMMENT 'low, medium, high or critical',
    `score` Float64 COMMENT 'Overall risk, 0–100',
    `confidence` Float64 COMMENT '0–1',
    `findings` UInt32 COMMENT 'How many findings it made',
    `parts` String COMMENT 'Parts of the score as JSON; empty in assessments from before they were kept'
)
ENGINE = MergeTree
ORDER BY (run, assessed)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Assessments of runs';

CREATE TABLE tidemark.authorised_scan
(
    `id` UUID COMMENT 'Identifier of the scan',
    `recorded` DateTime64(6, 'UTC') COMMENT 'When the row was written',
    `grants` Array(String) COMMENT 'Grants of the scope that allowed it',
    `owner` String COMMENT 'Who answers for the network',
    `ticket` String COMMENT 'Ticket or other reference',
    `profile` LowCardinality(String) COMMENT 'Scan profile',
    `vantage` LowCardinality(String) COMMENT 'Where the scanner stood',
    `source` IPv6 COMMENT 'Address that the packets came from; IPv4 is stored mapped',
    `targets` Array(String) COMMENT 'Scanned address blocks',
    `protocol` LowCardinality(String) COMMENT 'tcp or udp',
    `ports` String COMMENT 'Scanned ports: 1-1024,8080',
    `started` DateTime64(6, 'UTC') COMMENT 'From when on',
    `ended` DateTime64(6, 'UTC') COMMENT 'Until when; while it runs, when it must have ended',
    `run` String COMMENT 'The stored run; empty until there is one'
)
ENGINE = MergeTree
ORDER BY (id, recorded)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Scans that we made ourselves, as telemetry sees them';

CREATE TABLE tidemark.baseline_host
(
    `load` UUID COMMENT 'The import that wrote the row',
    `version` UInt32 COMMENT 'Baseline version',
    `address` IPv6 COMMENT 'Address',
    `document` String COMMENT 'What is expected, as JSON; empty: the host is no longer expected' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (load, address)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Expected hosts of baseline versions, as differences from the version they are based on';

CREATE TABLE tidemark.baseline_pin
(
    `version` UInt32 COMMENT 'Pinned version',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `by` String COMMENT 'Who',
    `note` String COMMENT 'Why'
)
ENGINE = MergeTree
ORDER BY (at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Pins of baseline versions';

CREATE TABLE tidemark.baseline_version
(
    `version` UInt32 COMMENT 'Number, from 1',
    `load` UUID COMMENT 'The import that wrote the row',
    `parent` Nullable(UInt32) COMMENT 'The version it came after',
    `based_on` Nullable(UInt32) COMMENT 'The version whose hosts it takes over where it has none of its own',
    `created` DateTime64(6, 'UTC') COMMENT 'When it was made',
    `by` String COMMENT 'Who made it',
    `note` String COMMENT 'Why',
    `how` LowCardinality(String) COMMENT 'learned, approved or rolled-back',
    `runs` Array(String) COMMENT 'Runs behind it',
    `vantage` LowCardinality(String) COMMENT 'Vantage of those runs',
    `privileges` LowCardinality(String) COMMENT 'Privileges of those runs',
    `profile` LowCardinality(String) COMMENT 'Profile of those runs',
    `asked` String COMMENT 'What the deepest learned run asked its scanner, as JSON' CODEC(ZSTD(3)),
    `hosts` UInt32 COMMENT 'Hosts in it'
)
ENGINE = MergeTree
ORDER BY (version, created)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Baseline versions';

CREATE TABLE tidemark.contact
(
    `source` IPv6 COMMENT 'Address of the originator',
    `destination` IPv6 COMMENT 'Address of the responder',
    `port` UInt16 COMMENT 'Port of the responder; ICMP: type << 8 | code',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `opening` SimpleAggregateFunction(min, UInt64) COMMENT 'Microseconds since 1970 of the first record × 8 + number of its outcome',
    `last` SimpleAggregateFunction(max, DateTime64(6, 'UTC')) COMMENT 'Start of the latest record',
    `outcomes` SimpleAggregateFunction(groupBitOr, UInt8) COMMENT 'Every outcome that was seen, as bits',
    `flags` SimpleAggregateFunction(groupBitOr, UInt8) COMMENT 'TCP flags of the source over all records',
    `service` SimpleAggregateFunction(min, Nullable(String)) COMMENT 'Application protocol; null when none was found',
    `source_bytes` SimpleAggregateFunction(max, UInt64) COMMENT 'Most payload bytes of the source in one record',
    `destination_bytes` SimpleAggregateFunction(max, UInt64) COMMENT 'Most payload bytes of the destination in one record',
    `duration` SimpleAggregateFunction(max, UInt64) COMMENT 'Longest record, in microseconds',
    `sampling` SimpleAggregateFunction(max, UInt32) COMMENT 'Largest sampling rate of its records',
    `loaded` SimpleAggregateFunction(max, DateTime) COMMENT 'When a record of it was last read; retention counts from here'
)
ENGINE = AggregatingMergeTree
ORDER BY (source, destination, port, protocol)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, merge_with_ttl_timeout = 86400, index_granularity = 8192
COMMENT 'Who turned to which port for the first time, and what has been seen of the two since';

CREATE TABLE tidemark.episode
(
    `id` String COMMENT 'Identifier of the episode: 16 hex digits',
    `evaluated` DateTime64(6, 'UTC') COMMENT 'When it was evaluated',
    `withdrawn` Bool COMMENT 'A later look at its sources no longer finds it: its records are explained otherwise',
    `sources` Array(IPv6) COMMENT 'Sources',
    `first` DateTime64(6, 'UTC') COMMENT 'First contact that belongs to it',
    `last` DateTime64(6, 'UTC') COMMENT 'Newest contact',
    `alarm` DateTime64(6, 'UTC') COMMENT 'When the evidence sufficed',
    `severity` LowCardinality(String) COMMENT 'Severity',
    `score` Float64 COMMENT '0–100',
    `noise` Bool COMMENT 'External background that is not about us',
    `body` String COMMENT 'The whole episode as JSON' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (id, evaluated)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Evaluations of actors\' reconnaissance, appended';

CREATE TABLE tidemark.expected_contact
(
    `sources` Array(String) COMMENT 'From where, in CIDR notation, sorted',
    `role` LowCardinality(String) COMMENT 'Only sources of this role; empty: any',
    `targets` Array(String) COMMENT 'Where to, in CIDR notation, sorted',
    `port` Nullable(UInt16) COMMENT 'Port; null: any',
    `protocol` Nullable(UInt16) COMMENT 'IP protocol number; null: any',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `withdrawn` Bool COMMENT 'Takes an approval back',
    `by` String COMMENT 'Who',
    `why` String COMMENT 'Why',
    `until` Nullable(DateTime64(6, 'UTC')) COMMENT 'When it ends by itself; null: never'
)
ENGINE = MergeTree
ORDER BY (sources, role, targets, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Contacts that a person approved as normal, appended';

CREATE TABLE tidemark.feature_computation
(
    `computation` UUID COMMENT 'Identifier',
    `computed` DateTime64(6, 'UTC') COMMENT 'When',
    `run` String COMMENT 'The run',
    `version` UInt16 COMMENT 'Version of the features',
    `digest` String COMMENT 'SHA-256 over all that they were computed from: runs in order, networks',
    `hosts` UInt32 COMMENT 'How many rows it has'
)
ENGINE = MergeTree
ORDER BY (run, version, computed)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Computations of the features of runs; the newest of a run and version holds';

CREATE TABLE tidemark.finding
(
    `assessment` UUID COMMENT 'The assessment that made it',
    `assessed` DateTime64(6, 'UTC') COMMENT 'When',
    `run` String COMMENT 'The run assessed',
    `id` String COMMENT 'Stable identity of the finding',
    `rule` LowCardinality(String) COMMENT 'Rule that made it',
    `severity` LowCardinality(String) COMMENT 'info, low, medium, high or critical',
    `score` Float64 COMMENT 'Posture points, 0–100',
    `confidence` Float64 COMMENT '0–1',
    `host` String COMMENT 'Address, empty when it is not about one host',
    `port` LowCardinality(String) COMMENT '443/tcp, or empty',
    `title` String COMMENT 'In one line',
    `document` String COMMENT 'The whole finding as JSON' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (run, assessed, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Findings of each assessment';

CREATE TABLE tidemark.finding_current
(
    `id` String COMMENT 'Stable identity of the finding',
    `half` Enum8('exposure' = 0, 'recon' = 1) COMMENT 'exposure or recon',
    `version` UInt64 COMMENT 'The refresh that wrote the row; the highest holds',
    `changed` UInt64 COMMENT 'The refresh that found it otherwise than before',
    `digest` String COMMENT 'Of all that may be otherwise',
    `rule` LowCardinality(String) COMMENT 'Rule that made it',
    `rule_hash` UInt64 DEFAULT cityHash64(rule) COMMENT 'Of the rule',
    `title` String COMMENT 'In one line',
    `severity` UInt8 COMMENT '0 info, 1 low, 2 medium, 3 high, 4 critical',
    `score` Float64 COMMENT 'Posture points, 0–100',
    `confidence` Float64 COMMENT '0–1',
    `about` UInt32 COMMENT 'How many hosts it is said of',
    `family` UInt8 COMMENT 'Of its first host: 4 or 6; 255 without a host',
    `address` IPv6 COMMENT 'Its first host; IPv4 is stored mapped',
    `place` UInt32 COMMENT 'Its port in the order of reports; 0 without a port',
    `hosts` Array(IPv6) COMMENT 'All hosts that it is about',
    `left` Array(IPv6) COMMENT 'Hosts that it was about before and is no longer',
    `port` LowCardinality(String) COMMENT '443/tcp, or empty',
    `network` LowCardinality(String) COMMENT 'The network in which its hosts lie, or empty',
    `role` LowCardinality(String) COMMENT 'What its only host is on the network, or empty',
    `run` String COMMENT 'The newest scan that has it, or empty',
    `standing` Enum8('review' = 0, 'authorised' = 1, 'note' = 2, 'noise' = 3) COMMENT 'review, authorised, note or noise',
    `state` Enum8('open' = 0, 'acknowledged' = 1, 'expected' = 2, 'noise' = 3, 'confirmed' = 4, 'resolved' = 5) COMMENT 'open, acknowledged, …',
    `since` DateTime64(6, 'UTC') COMMENT 'When it came to stand so',
    `until` Nullable(DateTime64(6, 'UTC')) COMMENT 'When what was said of it ends by itself',
    `due` Nullable(DateTime64(6, 'UTC')) COMMENT 'When it has to be worked out again for time alone',
    `worked` DateTime64(6, 'UTC') COMMENT 'By the clock that it was worked out by: one that is behind works it out again',
    `reopened` UInt32 COMMENT 'How often it was taken up again by itself',
    `present` Bool COMMENT 'Whether the last look that could tell made it',
    `first_seen` DateTime64(6, 'UTC') COMMENT 'When it was first seen',
    `last_seen` DateTime64(6, 'UTC') COMMENT 'When it was last seen',
    `step.at` Array(DateTime64(6, 'UTC')) COMMENT 'When each change of its state was',
    `step.state` Array(Enum8('open' = 0, 'acknowledged' = 1, 'expected' = 2, 'noise' = 3, 'confirmed' = 4, 'resolved' = 5)) COMMENT 'What it was from then on',
    `step.reopened` Array(Bool) COMMENT 'Whether that was by itself, after it had been done with',
    `inputs` UInt64 COMMENT 'Evaluations of the episode that it was worked out from',
    `families` Array(LowCardinality(String)) COMMENT 'Of an episode: families that fit',
    `campaign` Bool COMMENT 'Of an episode: several sources that belong together',
    `thinned` Bool COMMENT 'Of an episode: it touched more than it names',
    `networks` Array(String) COMMENT 'Of an episode: smallest blocks that hold what it touched',
    `targets` Array(IPv6) COMMENT 'Of an episode: hosts that it touched, as far as it names them',
    `words` String COMMENT 'What is searched, in lower case',
    `episode` String COMMENT 'Of an episode: its line of a list, as JSON' CODEC(ZSTD(1)),
    `shown` String COMMENT 'The finding, how it came to stand so, and where, as JSON' CODEC(ZSTD(1)),
    `form` UInt8 COMMENT 'What the row is made like: one of an older form is worked out again',
    INDEX of_host hosts TYPE bloom_filter GRANULARITY 16,
    INDEX of_words words TYPE ngrambf_v1(4, 4096, 2, 0) GRANULARITY 4
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (id, half)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 64, min_compress_block_size = 4096
COMMENT 'Findings of both halves as they stand, one row each: a read model, worked out from the history';

CREATE TABLE tidemark.finding_judgement
(
    `id` UUID COMMENT 'Identifier of the judgement',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `by` String COMMENT 'Who',
    `note` String COMMENT 'Why',
    `half` LowCardinality(String) COMMENT 'exposure or recon',
    `finding` String COMMENT 'Stable identity of the finding',
    `rule` LowCardinality(String) COMMENT 'Rule that made it',
    `severity` LowCardinality(String) COMMENT 'Its severity when it was judged',
    `state` LowCardinality(String) COMMENT 'open, acknowledged, expected, noise, confirmed or resolved',
    `scope` LowCardinality(String) COMMENT 'finding, port, host, role or network',
    `scope_value` String COMMENT 'Which port, host, role or network',
    `until` Nullable(DateTime64(6, 'UTC')) COMMENT 'When it ends by itself; null: never',
    `effects` Array(String) COMMENT 'What else was done because of it, in words'
)
ENGINE = MergeTree
ORDER BY (at, id)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'What people said of findings of both halves, appended';

CREATE TABLE tidemark.finding_verification
(
    `id` String COMMENT 'Stable identity of the finding',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `outcome` LowCardinality(String) COMMENT 'confirmed, cleared or cannot-tell',
    `told` String COMMENT 'In words',
    `runs` Array(String) COMMENT 'Runs of the tries',
    `made_by` String COMMENT 'Who asked for it'
)
ENGINE = MergeTree
ORDER BY (id, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Scans of exactly the ports of a finding, made to confirm or clear it';

CREATE TABLE tidemark.flow
(
    `time` DateTime64(6, 'UTC') COMMENT 'When; of a flow its first packet' CODEC(Delta(8), ZSTD(1)),
    `sensor` LowCardinality(String) COMMENT 'Sensor that saw it',
    `source` IPv6 COMMENT 'Address of the originator; IPv4 is stored mapped',
    `source_port` UInt16 COMMENT 'Its port; 0 where the protocol has none',
    `destination` IPv6 COMMENT 'Address of the responder',
    `destination_port` UInt16 COMMENT 'Its port; ICMP: type << 8 | code; 0 where the protocol has none',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `duration` UInt64 COMMENT 'Microseconds from first to last packet; 0 when not said',
    `outcome` Enum8('answered' = 0, 'refused' = 1, 'silent' = 2, 'unreachable' = 3, 'half-open' = 4, 'unknown' = 5, 'backscatter' = 6) COMMENT 'What came back',
    `state` LowCardinality(String) COMMENT 'The sensor\'s own word: Zeek\'s conn_state, DROP',
    `history` LowCardinality(String) COMMENT 'Zeek\'s history letters; empty when unknown',
    `service` LowCardinality(String) COMMENT 'Application protocol that the sensor found; empty when none',
    `source_packets` UInt64 COMMENT 'Packets of the source',
    `destination_packets` UInt64 COMMENT 'Packets of the destination',
    `source_bytes` UInt64 COMMENT 'Payload bytes of the source',
    `destination_bytes` UInt64 COMMENT 'Payload bytes of the destination',
    `source_flags` UInt8 COMMENT 'TCP flags of the source, or-ed; 0 when unknown',
    `sampling` UInt32 COMMENT 'One of how many packets the sensor looked at',
    `uid` String COMMENT 'The record\'s own identifier: Zeek uid, Suricata flow_id' CODEC(ZSTD(1)),
    `syn_size` UInt32 COMMENT 'First packet: octets, by its IP header; 0 when no packet was seen',
    `syn_ttl` UInt8 COMMENT 'First packet: time to live, or hop limit, as it arrived',
    `syn_window` UInt16 COMMENT 'First packet: window',
    `syn_ip_id` UInt16 COMMENT 'First packet: IP identification',
    `syn_sequence` UInt32 COMMENT 'First packet: sequence number',
    `syn_acknowledgement` UInt32 COMMENT 'First packet: acknowledgement number',
    `syn_flags` UInt8 COMMENT 'First packet: TCP flags, all eight',
    `syn_options` LowCardinality(String) COMMENT 'First packet: TCP options in their order: M1460,S,T,N,W7',
    `syn_quirks` LowCardinality(String) COMMENT 'First packet: what is peculiar about its headers, in p0f\'s words: df,id+',
    `syn_ip_options` UInt8 COMMENT 'First packet: octets of IPv4 options',
    `syn_payload` UInt32 COMMENT 'First packet: octets of TCP payload',
    `syn_df` Bool COMMENT 'First packet: Don\'t Fragment',
    `syn_fragments` UInt16 COMMENT 'First packet: into how many fragments it was cut',
    `syn_tiny_fragments` Bool COMMENT 'First packet: whether one was too short for a TCP header',
    `file` LowCardinality(String) COMMENT 'File as the user named it; - is standard input',
    `line` UInt64 COMMENT 'Line, from 1; packet number in a capture' CODEC(Delta(8), ZSTD(1)),
    `loaded` DateTime COMMENT 'When it was read; retention counts from here',
    `record` UInt64 MATERIALIZED cityHash64(time, sensor, source, source_port, destination, destination_port, protocol, duration, outcome, state, history, service, source_packets, destination_packets, source_bytes, destination_bytes, source_flags, sampling, uid, syn_size, syn_ttl, syn_window, syn_ip_id, syn_sequence, syn_acknowledgement, syn_flags, syn_options, syn_quirks, syn_ip_options, syn_payload, syn_df, syn_fragments, syn_tiny_fragments) COMMENT 'Hash of all that the sensor said: the same in every copy of the record',
    INDEX time_range time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(loaded)
PARTITION BY toMonday(time)
ORDER BY (source, time, record)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Conversations and tries, as sensors saw them';

CREATE TABLE tidemark.host_current
(
    `address` IPv6 COMMENT 'Address; IPv4 is stored mapped',
    `version` UInt64 COMMENT 'The refresh that wrote the row; the highest holds',
    `family` UInt8 COMMENT '4 or 6',
    `first_seen` DateTime64(6, 'UTC') COMMENT 'When it was first up',
    `last_seen` DateTime64(6, 'UTC') COMMENT 'When it was last up',
    `runs` UInt32 COMMENT 'Runs in which it was up',
    `last_run` String COMMENT 'The newest of them',
    `names` Array(String) COMMENT 'Its names in the newest run that gave any',
    `vendor` LowCardinality(String) COMMENT 'Of its network card, as last seen',
    `os` LowCardinality(String) COMMENT 'Its operating system, as last guessed',
    `open` Array(UInt32) COMMENT 'Open ports in the newest run that tried ports: 1 + 4 × number + 0 tcp, 1 udp, 2 sctp, 3 ip',
    `words` String COMMENT 'What is searched, in lower case'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (address)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 1024
COMMENT 'Hosts as scans saw them last, one row each: a read model, worked out from the history';

CREATE TABLE tidemark.host_feature
(
    `computation` UUID COMMENT 'The computation that they belong to',
    `seq` UInt32 COMMENT 'Order of the hosts, from 0',
    `host` String COMMENT 'Address',
    `identity` String COMMENT 'mac:…, name:… or address:…' CODEC(ZSTD(3)),
    `features` Array(Float64) COMMENT 'In the order of `tidemark features --list`, of its version' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (computation, seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Features of hosts; removed when their run was computed again';

CREATE TABLE tidemark.host_risk
(
    `address` IPv6 COMMENT 'Address; IPv4 is stored mapped',
    `version` UInt64 COMMENT 'The refresh that wrote the row; the highest holds',
    `risk` UInt8 COMMENT 'Posture, 0–100',
    `worst` UInt8 COMMENT '0 no open finding, 1 info, 2 low, 3 medium, 4 high, 5 critical',
    `open` UInt32 COMMENT 'Open findings that ask for review'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (address)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 1024
COMMENT 'What the open findings of a host come to, one row each: a read model, worked out from finding_current';

CREATE TABLE tidemark.ids_alert
(
    `time` DateTime64(6, 'UTC') COMMENT 'When; of a flow its first packet' CODEC(Delta(8), ZSTD(1)),
    `sensor` LowCardinality(String) COMMENT 'Sensor that saw it',
    `source` IPv6 COMMENT 'Address of the originator; IPv4 is stored mapped',
    `source_port` UInt16 COMMENT 'Its port; 0 where the protocol has none',
    `destination` IPv6 COMMENT 'Address of the responder',
    `destination_port` UInt16 COMMENT 'Its port; ICMP: type << 8 | code; 0 where the protocol has none',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `provider` LowCardinality(String) COMMENT 'suricata, suricata-anomaly, zeek-notice or zeek-weird',
    `signature` String COMMENT 'Rule text, notice type or weird name' CODEC(ZSTD(1)),
    `signature_id` UInt64 COMMENT 'Rule number; 0 when there is none',
    `category` String COMMENT 'Suricata\'s category, Zeek\'s notice message' CODEC(ZSTD(1)),
    `severity` UInt8 COMMENT 'Suricata\'s scale: 1 is worst; 0 when there is none',
    `uid` String COMMENT 'The record\'s own identifier' CODEC(ZSTD(1)),
    `file` LowCardinality(String) COMMENT 'File as the user named it; - is standard input',
    `line` UInt64 COMMENT 'Line, from 1; packet number in a capture' CODEC(Delta(8), ZSTD(1)),
    `loaded` DateTime COMMENT 'When it was read; retention counts from here',
    `record` UInt64 MATERIALIZED cityHash64(time, sensor, source, source_port, destination, destination_port, protocol, provider, signature, signature_id, category, severity, uid) COMMENT 'Hash of all that the sensor said: the same in every copy of the record',
    INDEX time_range time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(loaded)
PARTITION BY toMonday(time)
ORDER BY (source, time, record)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Alerts, notices and anomalies of sensors';

CREATE TABLE tidemark.lease
(
    `duty` LowCardinality(String) COMMENT 'What only one may do',
    `holder` String COMMENT 'A run of a process',
    `at` DateTime64(6, 'UTC') DEFAULT now64(6, 'UTC') COMMENT 'When it was said, by the clock of the server: that of the holder does not matter',
    `state` LowCardinality(String) COMMENT 'held or released',
    `site` String COMMENT 'Its machine and data directory, whose processes lock each other out by files',
    `host` String COMMENT 'Machine of the holder',
    `pid` UInt32 COMMENT 'Its process',
    `directory` String COMMENT 'Its data directory',
    `since` DateTime64(6, 'UTC') COMMENT 'When it began to ask, by its own clock'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (duty, holder)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Which process does what only one may do';

CREATE TABLE tidemark.outbox
(
    `sink` LowCardinality(String) COMMENT 'Name of the sink',
    `key` String COMMENT 'Key of the message: the same key is the same message',
    `finding` String COMMENT 'Identifier of the finding',
    `revision` UInt32 COMMENT 'Which version of the finding for this sink, from 1',
    `version` String COMMENT 'Digest of what makes a finding another message',
    `queued` DateTime64(6, 'UTC') COMMENT 'When it was put in',
    `document` String COMMENT 'The message as JSON' CODEC(ZSTD(3)),
    `decision` LowCardinality(String) COMMENT 'Of the log of alerts: sent, held, digested, digest or mark; empty in messages',
    `line` String COMMENT 'Of the log of alerts: the decision and its reason as JSON' CODEC(ZSTD(3)),
    `members` Array(String) COMMENT 'Of a digest in the log of alerts: keys of the lines that it tells'
)
ENGINE = MergeTree
ORDER BY (sink, finding, revision, key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Findings to be told to sinks';

CREATE TABLE tidemark.outbox_delivery
(
    `sink` LowCardinality(String) COMMENT 'Name of the sink',
    `key` String COMMENT 'Key of the message',
    `at` DateTime64(6, 'UTC') COMMENT 'When the try ended',
    `outcome` LowCardinality(String) COMMENT 'delivered, failed, dead or requeued',
    `tries` UInt32 COMMENT 'Tries that failed since it was put in or asked for again',
    `next` DateTime64(6, 'UTC') COMMENT 'When it is tried again',
    `why` String COMMENT 'Why it failed'
)
ENGINE = MergeTree
ORDER BY (sink, key, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'What became of each try to tell a sink';

CREATE TABLE tidemark.process_event
(
    `time` DateTime64(6, 'UTC') COMMENT 'When; of a flow its first packet' CODEC(Delta(8), ZSTD(1)),
    `sensor` LowCardinality(String) COMMENT 'Sensor that saw it',
    `source` IPv6 COMMENT 'Address of the originator; IPv4 is stored mapped',
    `source_port` UInt16 COMMENT 'Its port; 0 where the protocol has none',
    `destination` IPv6 COMMENT 'Address of the responder',
    `destination_port` UInt16 COMMENT 'Its port; ICMP: type << 8 | code; 0 where the protocol has none',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `action` Enum8('connect' = 1, 'start' = 2) COMMENT 'A start has no addresses',
    `host` LowCardinality(String) COMMENT 'Name of the machine',
    `executable` String COMMENT 'Path of the executable' CODEC(ZSTD(1)),
    `command_line` String COMMENT 'Its command line' CODEC(ZSTD(1)),
    `pid` UInt64 COMMENT 'Process identifier; 0 when unknown',
    `user` LowCardinality(String) COMMENT 'Who ran it',
    `parent` String COMMENT 'Path of the parent\'s executable' CODEC(ZSTD(1)),
    `file` LowCardinality(String) COMMENT 'File as the user named it; - is standard input',
    `line` UInt64 COMMENT 'Line, from 1; packet number in a capture' CODEC(Delta(8), ZSTD(1)),
    `loaded` DateTime COMMENT 'When it was read; retention counts from here',
    `record` UInt64 MATERIALIZED cityHash64(time, sensor, source, source_port, destination, destination_port, protocol, action, host, executable, command_line, pid, user, parent) COMMENT 'Hash of all that the sensor said: the same in every copy of the record',
    INDEX time_range time TYPE minmax GRANULARITY 1
)
ENGINE = ReplacingMergeTree(loaded)
PARTITION BY toMonday(time)
ORDER BY (source, time, record)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Processes that connected or started';

CREATE TABLE tidemark.read_model_input
(
    `model` LowCardinality(String) COMMENT 'finding or host',
    `kind` LowCardinality(String) COMMENT 'assessment, judgement, run, places or through',
    `key` String COMMENT 'Identifier of the input',
    `value` String COMMENT 'What is remembered of it',
    `version` UInt64 COMMENT 'The refresh that took it in'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (model, kind, key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'What the read models have taken in; written after the rows that were worked out from it';

CREATE TABLE tidemark.role_approval
(
    `prefix` String COMMENT 'Whom it concerns, in CIDR notation',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `role` LowCardinality(String) COMMENT 'What these machines are; empty takes an approval back',
    `by` String COMMENT 'Who',
    `why` String COMMENT 'Why',
    `until` Nullable(DateTime64(6, 'UTC')) COMMENT 'When it ends by itself; null: never'
)
ENGINE = MergeTree
ORDER BY (prefix, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Roles of machines that a person approved, appended';

CREATE TABLE tidemark.scan_host
(
    `load` UUID COMMENT 'The import that wrote the row',
    `ordinal` UInt16 COMMENT 'Which run of the file, from 0: a file may hold several',
    `family` UInt8 COMMENT '4 or 6',
    `address` IPv6 COMMENT 'Address; IPv4 is stored mapped',
    `status` LowCardinality(String) COMMENT 'up, down, skipped or unknown',
    `reason` LowCardinality(String) COMMENT 'Why the scanner thinks so',
    `hostnames` Array(String) COMMENT 'Names, PTR and user-given',
    `mac` String COMMENT 'MAC address, empty when not seen',
    `mac_vendor` LowCardinality(String) COMMENT 'Vendor of the MAC address',
    `os` LowCardinality(String) COMMENT 'Best OS match',
    `os_accuracy` UInt8 COMMENT 'Its accuracy in percent',
    `timed_out` Bool COMMENT 'The scanner gave the host up',
    `coverage` LowCardinality(String) COMMENT 'Ports probed: tcp:1-1000 udp:53, or tcp:unknown',
    `port.protocol` Array(LowCardinality(String)) COMMENT 'tcp, udp, sctp or ip',
    `port.portid` Array(UInt16) COMMENT 'Port number',
    `port.state` Array(LowCardinality(String)) COMMENT 'Port state as the scanner names it',
    `port.reason` Array(LowCardinality(String)) COMMENT 'Why',
    `port.service` Array(LowCardinality(String)) COMMENT 'Service name',
    `port.product` Array(LowCardinality(String)) COMMENT 'Product',
    `port.version` Array(LowCardinality(String)) COMMENT 'Version of the product',
    `port.extrainfo` Array(String) COMMENT 'Further words on the service',
    `port.tunnel` Array(LowCardinality(String)) COMMENT 'ssl when found behind TLS',
    `port.more` Array(String) COMMENT 'The rest of the port as JSON; scripts are here',
    `more` String COMMENT 'The rest of the host as JSON' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (load, ordinal, family, address)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Hosts and their ports, as each run saw them';

CREATE TABLE tidemark.scan_load
(
    `load` UUID COMMENT 'The import that wrote the row',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `event` LowCardinality(String) COMMENT 'started, abandoned (rows may be left) or swept (none are)',
    `source` String COMMENT 'The file as the user named it'
)
ENGINE = MergeTree
ORDER BY (load, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Imports: begun, given up, swept';

CREATE TABLE tidemark.scan_problem
(
    `load` UUID COMMENT 'The import that wrote the row',
    `seq` UInt32 COMMENT 'Order in the file',
    `code` LowCardinality(String) COMMENT 'Kind of problem',
    `message` String COMMENT 'What was wrong',
    `offset` Nullable(UInt64) COMMENT 'Byte offset in the uncompressed file',
    `line` Nullable(UInt64) COMMENT 'Line, from 1',
    `field` String COMMENT 'Element or attribute'
)
ENGINE = MergeTree
ORDER BY (load, seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Pieces of input that could not be used';

CREATE TABLE tidemark.scan_raw
(
    `load` UUID COMMENT 'The import that wrote the row',
    `seq` UInt32 COMMENT 'Order of the pieces, from 0',
    `base64` String EPHEMERAL COMMENT 'How bytes travel in JSON; not stored',
    `data` String DEFAULT base64Decode(base64) COMMENT 'The bytes' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (load, seq)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Raw scanner output, byte for byte';

CREATE TABLE tidemark.scan_run
(
    `run` String COMMENT 'Run identifier: 16 hex digits of the SHA-256 of the file, -2 and on for further runs in it',
    `load` UUID COMMENT 'The import that wrote the row',
    `ordinal` UInt16 COMMENT 'Which run of the file, from 0: a file may hold several',
    `imported` DateTime64(6, 'UTC') COMMENT 'When it was imported',
    `sha256` String COMMENT 'SHA-256 of the raw file, uncompressed, in hex',
    `source` String COMMENT 'The file as the user named it',
    `bytes` UInt64 COMMENT 'Size of the raw file, uncompressed',
    `format` LowCardinality(String) COMMENT 'nmap-xml, nmap-grepable, masscan-xml, …',
    `scanner` LowCardinality(String) COMMENT 'nmap or masscan',
    `version` LowCardinality(String) COMMENT 'Version of the scanner',
    `args` String COMMENT 'Command line of the scan as the scanner recorded it' CODEC(ZSTD(3)),
    `started` Nullable(DateTime64(6, 'UTC')) COMMENT 'Start of the scan',
    `ended` Nullable(DateTime64(6, 'UTC')) COMMENT 'End of the scan',
    `status` LowCardinality(String) COMMENT 'complete, interrupted or truncated',
    `vantage` LowCardinality(String) COMMENT 'Where the scanner stood',
    `profile` LowCardinality(String) COMMENT 'Scan profile or series',
    `privileges` LowCardinality(String) COMMENT 'raw, connect or unknown',
    `coverage` String COMMENT 'Ports probed on each host: tcp:1-1000 udp:53' CODEC(ZSTD(3)),
    `hosts_up` UInt32 COMMENT 'Hosts up as recorded by the import',
    `hosts_total` UInt32 COMMENT 'Hosts recorded by the import, up or not',
    `open_ports` UInt64 COMMENT 'Open ports over all hosts',
    `problems` UInt64 COMMENT 'Pieces of the file that were set aside',
    `info` String COMMENT 'The whole header and footer as JSON' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (run, imported)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Scan runs; the commit record of an import';

CREATE TABLE tidemark.schedule_run
(
    `schedule` String COMMENT 'Name of the schedule',
    `nominal` DateTime64(6, 'UTC') COMMENT 'The time that the schedule names',
    `at` DateTime64(6, 'UTC') COMMENT 'When the row was written',
    `event` LowCardinality(String) COMMENT 'registered, started, ended, failed or missed',
    `why` String COMMENT 'Why it was missed or failed',
    `runs` Array(String) COMMENT 'Stored runs'
)
ENGINE = MergeTree
ORDER BY (schedule, nominal, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'What became of each time of a schedule';

CREATE TABLE tidemark.schema_migration
(
    `id` UInt32 COMMENT 'Number of the migration',
    `name` String COMMENT 'Its name',
    `program` String COMMENT 'Version of the program that ran it',
    `at` DateTime64(6) DEFAULT now64(6) COMMENT 'When it was run'
)
ENGINE = MergeTree
ORDER BY (id, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Migrations that this node has behind it';

CREATE TABLE tidemark.service_history
(
    `destination` IPv6 COMMENT 'Address of the responder',
    `port` UInt16 COMMENT 'Its port; ICMP: type << 8 | code',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `source` IPv6 COMMENT 'Address of the originator',
    `opening` SimpleAggregateFunction(min, UInt64) COMMENT 'As in contact',
    `outcomes` SimpleAggregateFunction(groupBitOr, UInt8) COMMENT 'Every outcome that was seen, as bits',
    `first_answered` SimpleAggregateFunction(min, Nullable(DateTime64(6, 'UTC'))) COMMENT 'Start of the first record that was answered; null when none was',
    `last_answered` SimpleAggregateFunction(max, Nullable(DateTime64(6, 'UTC'))) COMMENT 'Start of the latest record that was answered; null when none was',
    `loaded` SimpleAggregateFunction(max, DateTime) COMMENT 'When a record of it was last read; retention counts from here'
)
ENGINE = AggregatingMergeTree
ORDER BY (destination, port, protocol, source)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, merge_with_ttl_timeout = 86400, index_granularity = 8192
COMMENT 'Who turned to a port of a destination, and whether it answered';

CREATE TABLE tidemark.surprise_snapshot
(
    `snapshot` UUID COMMENT 'Identifier',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `vantage` LowCardinality(String) COMMENT 'Scans of one vantage are learned together',
    `learned` UInt32 COMMENT 'How many scans it was learned from',
    `last_run` String COMMENT 'The last of them',
    `digest` String COMMENT 'SHA-256 over the identifiers of all of them, in order'
)
ENGINE = MergeTree
ORDER BY (vantage, learned, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'What the anomaly model had learned, and from which scans';

CREATE TABLE tidemark.surprise_state
(
    `snapshot` UUID COMMENT 'The snapshot it belongs to',
    `identity` String COMMENT 'mac:…, name:… or address:…; empty for the network as a whole',
    `state` String COMMENT 'JSON of the model' CODEC(ZSTD(3))
)
ENGINE = MergeTree
ORDER BY (snapshot, identity)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Parts of what the anomaly model had learned; removed when two newer snapshots exist';

CREATE TABLE tidemark.surprise_verdict
(
    `verdict` UUID COMMENT 'Identifier of the verdict',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `by` String COMMENT 'Who',
    `note` String COMMENT 'Why',
    `event` LowCardinality(String) COMMENT 'given or taken-back',
    `run` String COMMENT 'The scan in which the host was unusual',
    `identity` String COMMENT 'The host, as the model knows it',
    `host` String COMMENT 'Its address in that scan',
    `said` LowCardinality(String) COMMENT 'expected, noise or true'
)
ENGINE = MergeTree
ORDER BY (at, verdict)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Verdicts on unusual hosts, and verdicts taken back';

CREATE TABLE tidemark.telemetry_checkpoint
(
    `sensor` LowCardinality(String) COMMENT 'Sensor that the file is of',
    `key` String COMMENT 'The same for the same content for ever',
    `at` DateTime64(6, 'UTC') COMMENT 'When',
    `path` String COMMENT 'Where it was last seen',
    `device` String COMMENT 'Device that it is on, decimal',
    `inode` String COMMENT 'Its inode, decimal',
    `head_bytes` UInt64 COMMENT 'How many of its first bytes tell it from others',
    `head_sha256` String COMMENT 'SHA-256 of these, in hex',
    `offset` UInt64 COMMENT 'Bytes that were read as whole lines, uncompressed',
    `line` UInt64 COMMENT 'Lines before that',
    `modified` UInt64 COMMENT 'When it had last been written, in ms since 1970',
    `ended` Bool COMMENT 'Nothing more is to come'
)
ENGINE = ReplacingMergeTree(at)
ORDER BY (sensor, key)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'How far files that grow have been read';

CREATE TABLE tidemark.telemetry_file
(
    `sha256` String COMMENT 'SHA-256 of the content, uncompressed, in hex',
    `at` DateTime64(6, 'UTC') COMMENT 'When it was read to its end',
    `file` String COMMENT 'The file as the user named it',
    `format` LowCardinality(String) COMMENT 'zeek-tsv, suricata-eve, …',
    `sensor` LowCardinality(String) COMMENT 'Sensor that its records are of',
    `bytes` UInt64 COMMENT 'Size of the content, uncompressed',
    `lines` UInt64 COMMENT 'Lines, or packets of a capture',
    `flows` UInt64 COMMENT 'Flow records',
    `app_events` UInt64 COMMENT 'Application records',
    `ids_alerts` UInt64 COMMENT 'Alerts, notices and anomalies',
    `process_events` UInt64 COMMENT 'Process records',
    `skipped` Map(String, UInt64) COMMENT 'Lines that say nothing for us, by what they were',
    `problems` UInt64 COMMENT 'Lines that should have been a record and were not',
    `first` Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of its earliest record',
    `last` Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of its latest record'
)
ENGINE = MergeTree
ORDER BY (sha256, at)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Telemetry files that were read to their end';

CREATE TABLE tidemark.telemetry_problem
(
    `sensor` LowCardinality(String) COMMENT 'Sensor that the file is of',
    `file` String COMMENT 'The file as the user named it',
    `line` UInt64 COMMENT 'Line, from 1',
    `message` String COMMENT 'What was wrong' CODEC(ZSTD(1)),
    `text` String COMMENT 'The line, its first 500 characters; empty when it had gone by' CODEC(ZSTD(1)),
    `loaded` DateTime COMMENT 'When it was read; retention counts from here'
)
ENGINE = ReplacingMergeTree(loaded)
ORDER BY (sensor, file, line, message)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, ttl_only_drop_parts = 1, index_granularity = 8192
COMMENT 'Lines of telemetry that should have been a record and were not';

CREATE VIEW tidemark.alerts
(
    `time` DateTime64(6, 'UTC') COMMENT 'When; of a flow its first packet',
    `sensor` String COMMENT 'Sensor that saw it',
    `source` String COMMENT 'Address of the originator; IPv4 is stored mapped',
    `source_port` UInt16 COMMENT 'Its port; 0 where the protocol has none',
    `destination` String COMMENT 'Address of the responder',
    `destination_port` UInt16 COMMENT 'Its port; ICMP: type << 8 | code; 0 where the protocol has none',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `provider` String COMMENT 'suricata, suricata-anomaly, zeek-notice or zeek-weird',
    `signature` String COMMENT 'Rule text, notice type or weird name',
    `signature_id` UInt64 COMMENT 'Rule number; 0 when there is none',
    `category` String COMMENT 'Suricata\'s category, Zeek\'s notice message',
    `severity` UInt8 COMMENT 'Suricata\'s scale: 1 is worst; 0 when there is none',
    `uid` String COMMENT 'The record\'s own identifier',
    `file` String COMMENT 'File as the user named it; - is standard input',
    `line` UInt64 COMMENT 'Line, from 1; packet number in a capture',
    `record` UInt64 COMMENT 'Hash of all that the sensor said: the same in every copy of the record'
)
COMMENT 'Alerts, notices and anomalies of sensors'
AS SELECT
    t.time AS time,
    t.sensor AS sensor,
    replaceRegexpOne(toString(t.source), '^::ffff:([0-9.]+)$', '\\1') AS source,
    t.source_port AS source_port,
    replaceRegexpOne(toString(t.destination), '^::ffff:([0-9.]+)$', '\\1') AS destination,
    t.destination_port AS destination_port,
    t.protocol AS protocol,
    t.provider AS provider,
    t.signature AS signature,
    t.signature_id AS signature_id,
    t.category AS category,
    t.severity AS severity,
    t.uid AS uid,
    t.file AS file,
    t.line AS line,
    t.record AS record
FROM tidemark.ids_alert AS t
FINAL;

CREATE VIEW tidemark.app_events
(
    `time` DateTime64(6, 'UTC') COMMENT 'When; of a flow its first packet',
    `sensor` String COMMENT 'Sensor that saw it',
    `source` String COMMENT 'Address of the originator; IPv4 is stored mapped',
    `source_port` UInt16 COMMENT 'Its port; 0 where the protocol has none',
    `destination` String COMMENT 'Address of the responder',
    `destination_port` UInt16 COMMENT 'Its port; ICMP: type << 8 | code; 0 where the protocol has none',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `service` String COMMENT 'http, tls, dns, ssh, smb, …',
    `action` String COMMENT 'HTTP method, DNS query type, SMB command',
    `name` String COMMENT 'HTTP host, TLS server name, DNS query name, SMB share',
    `target` String COMMENT 'HTTP request target',
    `agent` String COMMENT 'HTTP user agent, SSH client banner',
    `status` String COMMENT 'HTTP status code, DNS rcode, TLS alert, success or failure of a login',
    `accepted` String COMMENT 'Whether the peer went along',
    `ja3` String COMMENT 'JA3 of the ClientHello, as logged',
    `ja4` String COMMENT 'JA4 of the ClientHello, as logged',
    `hassh` String COMMENT 'HASSH of the SSH client, as logged',
    `uid` String COMMENT 'The record\'s own identifier',
    `file` String COMMENT 'File as the user named it; - is standard input',
    `line` UInt64 COMMENT 'Line, from 1; packet number in a capture',
    `record` UInt64 COMMENT 'Hash of all that the sensor said: the same in every copy of the record'
)
COMMENT 'Requests, handshakes and names'
AS SELECT
    t.time AS time,
    t.sensor AS sensor,
    replaceRegexpOne(toString(t.source), '^::ffff:([0-9.]+)$', '\\1') AS source,
    t.source_port AS source_port,
    replaceRegexpOne(toString(t.destination), '^::ffff:([0-9.]+)$', '\\1') AS destination,
    t.destination_port AS destination_port,
    t.protocol AS protocol,
    t.service AS service,
    t.action AS action,
    t.name AS name,
    t.target AS target,
    t.agent AS agent,
    t.status AS status,
    toString(t.accepted) AS accepted,
    t.ja3 AS ja3,
    t.ja4 AS ja4,
    t.hassh AS hassh,
    t.uid AS uid,
    t.file AS file,
    t.line AS line,
    t.record AS record
FROM tidemark.app_event AS t
FINAL;

CREATE VIEW tidemark.assessments
(
    `run` String COMMENT 'Run identifier, as `tidemark scans` lists it',
    `assessed` DateTime64(6, 'UTC') COMMENT 'When',
    `against` String COMMENT 'What the run was held against',
    `risk` String COMMENT 'low, medium, high or critical',
    `score` Float64 COMMENT 'Overall risk, 0–100',
    `confidence` Float64 COMMENT '0–1',
    `findings` UInt32 COMMENT 'How many findings it made'
)
COMMENT 'Every assessment of every run'
AS SELECT
    run,
    assessed,
    against,
    risk,
    score,
    confidence,
    findings
FROM tidemark.assessment;

CREATE VIEW tidemark.baselines
(
    `version` UInt32 COMMENT 'Number, from 1',
    `created` DateTime64(6, 'UTC') COMMENT 'When it was made',
    `by` String COMMENT 'Who made it',
    `note` String COMMENT 'Why',
    `how` String COMMENT 'learned, approved or rolled-back',
    `hosts` UInt32 COMMENT 'Hosts in it'
)
COMMENT 'Baseline versions'
AS SELECT
    version,
    created,
    by,
    note,
    how,
    hosts
FROM
(
    SELECT *
    FROM tidemark.baseline_version
    ORDER BY
        version ASC,
        created ASC,
        load ASC
    LIMIT 1 BY version
);

CREATE MATERIALIZED VIEW tidemark.contact_from_flow TO tidemark.contact
(
    `source` IPv6,
    `destination` IPv6,
    `port` UInt16,
    `protocol` UInt16,
    `opening` UInt64,
    `last` DateTime64(6, 'UTC'),
    `outcomes` UInt8,
    `flags` UInt8,
    `service` LowCardinality(Nullable(String)),
    `source_bytes` UInt64,
    `destination_bytes` UInt64,
    `duration` UInt64,
    `sampling` UInt32,
    `loaded` DateTime
)
COMMENT 'Fills contact'
AS SELECT
    source AS source,
    destination AS destination,
    destination_port AS port,
    protocol AS protocol,
    (toUInt64(toUnixTimestamp64Micro(time)) * 8) + toUInt8(outcome) AS opening,
    time AS last,
    bitShiftLeft(toUInt8(1), toUInt8(outcome)) AS outcomes,
    source_flags AS flags,
    nullIf(toString(service), '') AS service,
    source_bytes AS source_bytes,
    destination_bytes AS destination_bytes,
    duration AS duration,
    sampling AS sampling,
    loaded AS loaded
FROM tidemark.flow;

CREATE VIEW tidemark.contacts
(
    `source` String COMMENT 'Address of the originator',
    `destination` String COMMENT 'Address of the responder',
    `port` UInt16 COMMENT 'Port of the responder; ICMP: type << 8 | code',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `first` DateTime64(6, 'UTC') COMMENT 'First record',
    `outcome` String COMMENT 'What came back then',
    `last` DateTime64(6, 'UTC') COMMENT 'Start of the latest record',
    `outcomes` Array(String) COMMENT 'Everything that ever came back',
    `service` String COMMENT 'Application protocol; empty when none was found'
)
COMMENT 'Who turned to which port for the first time, and what has been seen of the two since'
AS SELECT
    replaceRegexpOne(toString(source_address), '^::ffff:([0-9.]+)$', '\\1') AS source,
    replaceRegexpOne(toString(destination_address), '^::ffff:([0-9.]+)$', '\\1') AS destination,
    port,
    protocol,
    fromUnixTimestamp64Micro(toInt64(intDiv(opened, 8)), 'UTC') AS first,
    arrayElement(['answered', 'refused', 'silent', 'unreachable', 'half-open', 'unknown', 'backscatter'], (opened % 8) + 1) AS outcome,
    latest AS last,
    arrayFilter((name, place) -> bitTest(seen, place), ['answered', 'refused', 'silent', 'unreachable', 'half-open', 'unknown', 'backscatter'], range(7)) AS outcomes,
    ifNull(found, '') AS service
FROM
(
    SELECT
        c.source AS source_address,
        c.destination AS destination_address,
        c.port AS port,
        c.protocol AS protocol,
        min(c.opening) AS opened,
        max(c.last) AS latest,
        groupBitOr(c.outcomes) AS seen,
        min(c.service) AS found
    FROM tidemark.contact AS c
    GROUP BY
        source_address,
        destination_address,
        port,
        protocol
);

CREATE VIEW tidemark.episodes
(
    `id` String COMMENT 'Identifier, as `tidemark findings` lists it',
    `sources` Array(String) COMMENT 'Who',
    `first` DateTime64(6, 'UTC') COMMENT 'First contact',
    `last` DateTime64(6, 'UTC') COMMENT 'Newest contact',
    `alarm` DateTime64(6, 'UTC') COMMENT 'When the evidence sufficed',
    `severity` String COMMENT 'info, low, medium, high or critical',
    `score` Float64 COMMENT '0–100',
    `noise` Bool COMMENT 'External background that is not about us',
    `evaluated` DateTime64(6, 'UTC') COMMENT 'When it was judged',
    `document` String COMMENT 'The whole episode as JSON'
)
COMMENT 'Actors\' reconnaissance, as judged last'
AS SELECT
    id,
    arrayMap(address -> replaceRegexpOne(toString(address), '^::ffff:([0-9.]+)$', '\\1'), newest.2) AS sources,
    newest.3 AS first,
    newest.4 AS last,
    newest.8 AS alarm,
    newest.9 AS severity,
    newest.6 AS score,
    newest.5 AS noise,
    at AS evaluated,
    newest.7 AS document
FROM
(
    SELECT
        id,
        argMax(tuple(withdrawn, sources, first, last, noise, score, body, alarm, severity), evaluated) AS newest,
        max(evaluated) AS at
    FROM tidemark.episode
    GROUP BY id
    HAVING NOT (newest.1)
);

CREATE VIEW tidemark.features
(
    `run` String COMMENT 'Run identifier, as `tidemark scans` lists it',
    `host` String COMMENT 'Address of the host',
    `identity` String COMMENT 'How it is known over time: mac:…, name:… or address:…',
    `version` UInt16 COMMENT 'Version of the features',
    `computed` DateTime64(6, 'UTC') COMMENT 'When they were computed',
    `open_ports` Float64 COMMENT 'Ports that are open',
    `filtered_ports` Float64 COMMENT 'Ports that are filtered, listed or folded',
    `closed_ports` Float64 COMMENT 'Ports that are closed, listed or folded',
    `unique_services` Float64 COMMENT 'Different service names on open ports',
    `versioned_services` Float64 COMMENT 'Open ports whose service told its version',
    `administrative_ports` Float64 COMMENT 'Open ports among 22, 23, 3389 and 5900',
    `tcp_ports` Float64 COMMENT 'Open TCP ports',
    `udp_ports` Float64 COMMENT 'Open UDP ports',
    `os_confidence` Float64 COMMENT 'How sure the scanner is of the operating system, 0 when it named none',
    `port_change_rate` Float64 COMMENT 'Ports opened or gone since the last scan of the series, as a share of those open in either',
    `new_services` Float64 COMMENT 'Service names that the host never showed before',
    `deprecated_ports` Float64 COMMENT 'Open ports among 21, 23, 69, 513 and 514',
    `database_ports` Float64 COMMENT 'Open ports among 1433, 3306, 5432 and 27017',
    `known_scans` Float64 COMMENT 'Earlier scans of the series that saw the host, counted up to 14',
    `new_ports` Float64 COMMENT 'Open ports that were never open on the host before',
    `missing_ports` Float64 COMMENT 'Ports open in the last scan of the series and not in this one',
    `stability` Float64 COMMENT 'Mean likeness (Jaccard) of the open ports of consecutive scans, 1 when they never changed',
    `service_change_rate` Float64 COMMENT 'Share of the ports open in both this and the last scan whose service, product or version changed',
    `service_changes` Float64 COMMENT 'Changes of a service, product or version per scan over the whole history: how often this host changes at all',
    `os_changed` Float64 COMMENT '1 when the family of the operating system differs from the last scan',
    `open_ports_deviation` Float64 COMMENT 'Open ports against the mean of the host itself, in its own standard deviations (at least 1 port)',
    `days_unchanged` Float64 COMMENT 'Days since the open ports last changed, counted up to 365',
    `rarest_port` Float64 COMMENT 'Rarity of the rarest open port: -ln of the share of hosts with it open',
    `mean_rarity` Float64 COMMENT 'Mean rarity of the open ports',
    `alone_in_subnet` Float64 COMMENT 'Open ports that no other host of the subnet has open',
    `open_ports_against_subnet` Float64 COMMENT 'Open ports less the median of the subnet',
    `new_host` Float64 COMMENT '1 when no earlier scan of the series saw the host, and there was one',
    `risk_share` Float64 COMMENT 'The part of the rule risk of the subnet that this host carries',
    `risk_concentration` Float64 COMMENT 'The part of the rule risk of the subnet that the tenth of its hosts with most of it carry',
    `contradictions` Float64 COMMENT 'Ports on which scans of the same window disagree',
    `profiles` Float64 COMMENT 'Profiles of the window that saw the host'
)
COMMENT 'Features of hosts, of runs that were asked for with `tidemark features`, as they were computed last'
AS SELECT
    c.run AS run,
    f.host AS host,
    f.identity AS identity,
    c.version AS version,
    c.computed AS computed,
    f.features[1] AS open_ports,
    f.features[2] AS filtered_ports,
    f.features[3] AS closed_ports,
    f.features[4] AS unique_services,
    f.features[5] AS versioned_services,
    f.features[6] AS administrative_ports,
    f.features[7] AS tcp_ports,
    f.features[8] AS udp_ports,
    f.features[9] AS os_confidence,
    f.features[10] AS port_change_rate,
    f.features[11] AS new_services,
    f.features[12] AS deprecated_ports,
    f.features[13] AS database_ports,
    f.features[14] AS known_scans,
    f.features[15] AS new_ports,
    f.features[16] AS missing_ports,
    f.features[17] AS stability,
    f.features[18] AS service_change_rate,
    f.features[19] AS service_changes,
    f.features[20] AS os_changed,
    f.features[21] AS open_ports_deviation,
    f.features[22] AS days_unchanged,
    f.features[23] AS rarest_port,
    f.features[24] AS mean_rarity,
    f.features[25] AS alone_in_subnet,
    f.features[26] AS open_ports_against_subnet,
    f.features[27] AS new_host,
    f.features[28] AS risk_share,
    f.features[29] AS risk_concentration,
    f.features[30] AS contradictions,
    f.features[31] AS profiles
FROM tidemark.host_feature AS f
GLOBAL INNER JOIN
(
    SELECT
        run,
        version,
        computed,
        computation
    FROM tidemark.feature_computation
    WHERE version = 1
    ORDER BY
        computed DESC,
        computation ASC
    LIMIT 1 BY run
) AS c USING (computation);

CREATE VIEW tidemark.findings
(
    `run` String COMMENT 'Run identifier, as `tidemark scans` lists it',
    `assessed` DateTime64(6, 'UTC') COMMENT 'When the run was assessed',
    `id` String COMMENT 'Stable identity of the finding',
    `rule` String COMMENT 'Rule that made it',
    `severity` String COMMENT 'info, low, medium, high or critical',
    `score` Float64 COMMENT 'Posture points, 0–100',
    `confidence` Float64 COMMENT '0–1',
    `host` String COMMENT 'Address, empty when it is not about one host',
    `port` String COMMENT '443/tcp, or empty',
    `title` String COMMENT 'In one line',
    `document` String COMMENT 'The whole finding as JSON'
)
COMMENT 'Findings of the newest assessment of each run'
AS SELECT
    run,
    assessed,
    id,
    rule,
    severity,
    score,
    confidence,
    host,
    port,
    title,
    document
FROM tidemark.finding
WHERE (run, assessment) GLOBAL IN (
    SELECT
        run,
        argMax(assessment, (assessed, assessment))
    FROM tidemark.assessment
    GROUP BY run
);

CREATE VIEW tidemark.flows
(
    `time` DateTime64(6, 'UTC') COMMENT 'When; of a flow its first packet',
    `sensor` String COMMENT 'Sensor that saw it',
    `source` String COMMENT 'Address of the originator; IPv4 is stored mapped',
    `source_port` UInt16 COMMENT 'Its port; 0 where the protocol has none',
    `destination` String COMMENT 'Address of the responder',
    `destination_port` UInt16 COMMENT 'Its port; ICMP: type << 8 | code; 0 where the protocol has none',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `duration` UInt64 COMMENT 'Microseconds from first to last packet; 0 when not said',
    `outcome` String COMMENT 'What came back',
    `state` String COMMENT 'The sensor\'s own word: Zeek\'s conn_state, DROP',
    `history` String COMMENT 'Zeek\'s history letters; empty when unknown',
    `service` String COMMENT 'Application protocol that the sensor found; empty when none',
    `source_packets` UInt64 COMMENT 'Packets of the source',
    `destination_packets` UInt64 COMMENT 'Packets of the destination',
    `source_bytes` UInt64 COMMENT 'Payload bytes of the source',
    `destination_bytes` UInt64 COMMENT 'Payload bytes of the destination',
    `source_flags` UInt8 COMMENT 'TCP flags of the source, or-ed; 0 when unknown',
    `sampling` UInt32 COMMENT 'One of how many packets the sensor looked at',
    `uid` String COMMENT 'The record\'s own identifier: Zeek uid, Suricata flow_id',
    `syn_size` UInt32 COMMENT 'First packet: octets, by its IP header; 0 when no packet was seen',
    `syn_ttl` UInt8 COMMENT 'First packet: time to live, or hop limit, as it arrived',
    `syn_window` UInt16 COMMENT 'First packet: window',
    `syn_ip_id` UInt16 COMMENT 'First packet: IP identification',
    `syn_sequence` UInt32 COMMENT 'First packet: sequence number',
    `syn_acknowledgement` UInt32 COMMENT 'First packet: acknowledgement number',
    `syn_flags` UInt8 COMMENT 'First packet: TCP flags, all eight',
    `syn_options` String COMMENT 'First packet: TCP options in their order: M1460,S,T,N,W7',
    `syn_quirks` String COMMENT 'First packet: what is peculiar about its headers, in p0f\'s words: df,id+',
    `syn_ip_options` UInt8 COMMENT 'First packet: octets of IPv4 options',
    `syn_payload` UInt32 COMMENT 'First packet: octets of TCP payload',
    `syn_df` Bool COMMENT 'First packet: Don\'t Fragment',
    `syn_fragments` UInt16 COMMENT 'First packet: into how many fragments it was cut',
    `syn_tiny_fragments` Bool COMMENT 'First packet: whether one was too short for a TCP header',
    `file` String COMMENT 'File as the user named it; - is standard input',
    `line` UInt64 COMMENT 'Line, from 1; packet number in a capture',
    `record` UInt64 COMMENT 'Hash of all that the sensor said: the same in every copy of the record'
)
COMMENT 'Conversations and tries, as sensors saw them'
AS SELECT
    t.time AS time,
    t.sensor AS sensor,
    replaceRegexpOne(toString(t.source), '^::ffff:([0-9.]+)$', '\\1') AS source,
    t.source_port AS source_port,
    replaceRegexpOne(toString(t.destination), '^::ffff:([0-9.]+)$', '\\1') AS destination,
    t.destination_port AS destination_port,
    t.protocol AS protocol,
    t.duration AS duration,
    toString(t.outcome) AS outcome,
    t.state AS state,
    t.history AS history,
    t.service AS service,
    t.source_packets AS source_packets,
    t.destination_packets AS destination_packets,
    t.source_bytes AS source_bytes,
    t.destination_bytes AS destination_bytes,
    t.source_flags AS source_flags,
    t.sampling AS sampling,
    t.uid AS uid,
    t.syn_size AS syn_size,
    t.syn_ttl AS syn_ttl,
    t.syn_window AS syn_window,
    t.syn_ip_id AS syn_ip_id,
    t.syn_sequence AS syn_sequence,
    t.syn_acknowledgement AS syn_acknowledgement,
    t.syn_flags AS syn_flags,
    t.syn_options AS syn_options,
    t.syn_quirks AS syn_quirks,
    t.syn_ip_options AS syn_ip_options,
    t.syn_payload AS syn_payload,
    t.syn_df AS syn_df,
    t.syn_fragments AS syn_fragments,
    t.syn_tiny_fragments AS syn_tiny_fragments,
    t.file AS file,
    t.line AS line,
    t.record AS record
FROM tidemark.flow AS t
FINAL;

CREATE VIEW tidemark.hosts
(
    `run` String COMMENT 'Run identifier, as `tidemark scans` lists it',
    `started` Nullable(DateTime64(6, 'UTC')) COMMENT 'Start of the run',
    `address` String COMMENT 'Address of the host',
    `status` String COMMENT 'up, down, skipped or unknown',
    `reason` String COMMENT 'Why the scanner thinks so',
    `hostnames` Array(String) COMMENT 'Names of the host',
    `mac` String COMMENT 'MAC address, empty when not seen',
    `mac_vendor` String COMMENT 'Vendor of the MAC address',
    `os` String COMMENT 'Best OS match',
    `os_accuracy` UInt8 COMMENT 'Its accuracy in percent',
    `timed_out` Bool COMMENT 'The scanner gave the host up',
    `coverage` String COMMENT 'Ports probed, per protocol',
    `open_ports` UInt64 COMMENT 'Open ports of the host'
)
COMMENT 'Hosts of every run'
AS SELECT
    r.run AS run,
    r.started AS started,
    replaceRegexpOne(toString(h.address), '^::ffff:', '') AS address,
    h.status AS status,
    h.reason AS reason,
    h.hostnames AS hostnames,
    h.mac AS mac,
    h.mac_vendor AS mac_vendor,
    h.os AS os,
    h.os_accuracy AS os_accuracy,
    h.timed_out AS timed_out,
    if(h.coverage = '', r.run_coverage, h.coverage) AS coverage,
    arrayCount(s -> (s = 'open'), h.`port.state`) AS open_ports
FROM tidemark.scan_host AS h
GLOBAL INNER JOIN
(
    SELECT
        run,
        load,
        ordinal,
        started,
        coverage AS run_coverage
    FROM
    (
        SELECT *
        FROM tidemark.scan_run
        ORDER BY
            run ASC,
            imported ASC,
            load ASC
        LIMIT 1 BY run
    )
) AS r USING (load, ordinal);

CREATE VIEW tidemark.ports
(
    `run` String COMMENT 'Run identifier, as `tidemark scans` lists it',
    `started` Nullable(DateTime64(6, 'UTC')) COMMENT 'Start of the run',
    `address` String COMMENT 'Address of the host',
    `hostnames` Array(String) COMMENT 'Names of the host',
    `protocol` String COMMENT 'tcp, udp, sctp or ip',
    `portid` UInt16 COMMENT 'Port number',
    `state` String COMMENT 'Port state as the scanner names it',
    `reason` String COMMENT 'Why',
    `service` String COMMENT 'Service name',
    `product` String COMMENT 'Product',
    `version` String COMMENT 'Version of the product',
    `extrainfo` String COMMENT 'Further words on the service',
    `tunnel` String COMMENT 'ssl when found behind TLS',
    `details` String COMMENT 'The rest as JSON: scripts, cpe, method, conf'
)
COMMENT 'Listed ports of every host of every run'
AS SELECT
    r.run AS run,
    r.started AS started,
    replaceRegexpOne(toString(h.address), '^::ffff:', '') AS address,
    h.hostnames AS hostnames,
    p.1 AS protocol,
    p.2 AS portid,
    p.3 AS state,
    p.4 AS reason,
    p.5 AS service,
    p.6 AS product,
    p.7 AS version,
    p.8 AS extrainfo,
    p.9 AS tunnel,
    p.10 AS details
FROM tidemark.scan_host AS h
GLOBAL INNER JOIN
(
    SELECT
        run,
        load,
        ordinal,
        started,
        coverage AS run_coverage
    FROM
    (
        SELECT *
        FROM tidemark.scan_run
        ORDER BY
            run ASC,
            imported ASC,
            load ASC
        LIMIT 1 BY run
    )
) AS r USING (load, ordinal)
ARRAY JOIN arrayZip(h.`port.protocol`, h.`port.portid`, h.`port.state`, h.`port.reason`, h.`port.service`, h.`port.product`, h.`port.version`, h.`port.extrainfo`, h.`port.tunnel`, h.`port.more`) AS p;

CREATE VIEW tidemark.problems
(
    `run` String COMMENT 'Run identifier, as `tidemark scans` lists it',
    `source` String COMMENT 'File it was imported from',
    `code` String COMMENT 'Kind of problem',
    `message` String COMMENT 'What was wrong',
    `offset` Nullable(UInt64) COMMENT 'Byte offset in the file',
    `line` Nullable(UInt64) COMMENT 'Line, from 1',
    `field` String COMMENT 'Element or attribute'
)
COMMENT 'What imports set aside'
AS SELECT
    r.run AS run,
    r.source AS source,
    p.code AS code,
    p.message AS message,
    p.offset AS offset,
    p.line AS line,
    p.field AS field
FROM tidemark.scan_problem AS p
GLOBAL INNER JOIN
(
    SELECT
        run,
        load,
        source
    FROM
    (
        SELECT *
        FROM tidemark.scan_run
        ORDER BY
            run ASC,
            imported ASC,
            load ASC
        LIMIT 1 BY run
    )
    WHERE ordinal = 0
) AS r USING (load);

CREATE VIEW tidemark.process_events
(
    `time` DateTime64(6, 'UTC') COMMENT 'When; of a flow its first packet',
    `sensor` String COMMENT 'Sensor that saw it',
    `source` String COMMENT 'Address of the originator; IPv4 is stored mapped',
    `source_port` UInt16 COMMENT 'Its port; 0 where the protocol has none',
    `destination` String COMMENT 'Address of the responder',
    `destination_port` UInt16 COMMENT 'Its port; ICMP: type << 8 | code; 0 where the protocol has none',
    `protocol` UInt16 COMMENT 'IP protocol number; 2054 is ARP',
    `action` String COMMENT 'A start has no addresses',
    `host` String COMMENT 'Name of the machine',
    `executable` String COMMENT 'Path of the executable',
    `command_line` String COMMENT 'Its command line',
    `pid` UInt64 COMMENT 'Process identifier; 0 when unknown',
    `user` String COMMENT 'Who ran it',
    `parent` String COMMENT 'Path of the parent\'s executable',
    `file` String COMMENT 'File as the user named it; - is standard input',
    `line` UInt64 COMMENT 'Line, from 1; packet number in a capture',
    `record` UInt64 COMMENT 'Hash of all that the sensor said: the same in every copy of the record'
)
COMMENT 'Processes that connected or started'
AS SELECT
    t.time AS time,
    t.sensor AS sensor,
    replaceRegexpOne(toString(t.source), '^::ffff:([0-9.]+)$', '\\1') AS source,
    t.source_port AS source_port,
    replaceRegexpOne(toString(t.destination), '^::ffff:([0-9.]+)$', '\\1') AS destination,
    t.destination_port AS destination_port,
    t.protocol AS protocol,
    toString(t.action) AS action,
    t.host AS host,
    t.executable AS executable,
    t.command_line AS command_line,
    t.pid AS pid,
    t.user AS user,
    t.parent AS parent,
    t.file AS file,
    t.line AS line,
    t.record AS record
FROM tidemark.process_event AS t
FINAL;

CREATE VIEW tidemark.runs
(
    `run` String COMMENT 'Run identifier, as `tidemark scans` lists it',
    `started` Nullable(DateTime64(6, 'UTC')) COMMENT 'Start of the run',
    `ended` Nullable(DateTime64(6, 'UTC')) COMMENT 'End of the run',
    `status` String COMMENT 'complete, interrupted or truncated',
    `scanner` String COMMENT 'nmap or masscan',
    `version` String COMMENT 'Version of the scanner',
    `args` String COMMENT 'Command line of the scan',
    `vantage` String COMMENT 'Where the scanner stood',
    `profile` String COMMENT 'Scan profile or series',
    `privileges` String COMMENT 'raw, connect or unknown',
    `hosts_up` UInt32 COMMENT 'Hosts up',
    `hosts_total` UInt32 COMMENT 'Hosts recorded, up or not',
    `open_ports` UInt64 COMMENT 'Open ports over all hosts',
    `problems` UInt64 COMMENT 'Pieces of the file that were set aside',
    `source` String COMMENT 'File it was imported from',
    `sha256` String COMMENT 'Digest of that file',
    `bytes` UInt64 COMMENT 'Size of that file',
    `imported` DateTime64(6, 'UTC') COMMENT 'When it was imported'
)
COMMENT 'Scan runs'
AS SELECT
    run,
    started,
    ended,
    status,
    scanner,
    version,
    args,
    vantage,
    profile,
    privileges,
    hosts_up,
    hosts_total,
    open_ports,
    problems,
    source,
    sha256,
    bytes,
    imported
FROM
(
    SELECT *
    FROM tidemark.scan_run
    ORDER BY
        run ASC,
        imported ASC,
        load ASC
    LIMIT 1 BY run
);

CREATE MATERIALIZED VIEW tidemark.service_history_from_flow TO tidemark.service_history
(
    `destination` IPv6,
    `port` UInt16,
    `protocol` UInt16,
    `source` IPv6,
    `opening` UInt64,
    `outcomes` UInt8,
    `first_answered` Nullable(DateTime64(6, 'UTC')),
    `last_answered` Nullable(DateTime64(6, 'UTC')),
    `loaded` DateTime
)
COMMENT 'Fills service_history'
AS SELECT
    destination AS destination,
    destination_port AS port,
    protocol AS protocol,
    source AS source,
    (toUInt64(toUnixTimestamp64Micro(time)) * 8) + toUInt8(outcome) AS opening,
    bitShiftLeft(toUInt8(1), toUInt8(outcome)) AS outcomes,
    if(outcome = 'answered', time, NULL) AS first_answered,
    if(outcome = 'answered', time, NULL) AS last_answered,
    loaded AS loaded
FROM tidemark.flow;

CREATE VIEW tidemark.telemetry_files
(
    `file` String COMMENT 'As the user named it',
    `sensor` String COMMENT 'Sensor that it comes from',
    `format` String COMMENT 'zeek-tsv, suricata-eve, …',
    `read` DateTime64(6, 'UTC') COMMENT 'When its end was reached',
    `bytes` UInt64 COMMENT 'Size, uncompressed',
    `lines` UInt64 COMMENT 'Lines',
    `flows` UInt64 COMMENT 'Flow records',
    `app_events` UInt64 COMMENT 'Application events',
    `alerts` UInt64 COMMENT 'Alerts',
    `process_events` UInt64 COMMENT 'Process events',
    `problems` UInt64 COMMENT 'Lines that were set aside',
    `first` Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of its earliest record',
    `last` Nullable(DateTime64(6, 'UTC')) COMMENT 'Time of its latest record'
)
COMMENT 'Files of telemetry that were read to their end'
AS SELECT
    f.file AS file,
    f.sensor AS sensor,
    f.format AS format,
    f.at AS read,
    f.bytes AS bytes,
    f.lines AS lines,
    f.flows AS flows,
    f.app_events AS app_events,
    f.ids_alerts AS alerts,
    f.process_events AS process_events,
    f.problems AS problems,
    f.first AS first,
    f.last AS last
FROM tidemark.telemetry_file AS f;

INSERT INTO schema_migration (id, name, program) VALUES (1, 'scans, baselines and findings', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (2, 'telemetry, contacts and episodes', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (3, 'authorised scans', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (4, 'what the anomaly model knows and was told', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (5, 'verifications and schedules', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (6, 'what people said of findings', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (7, 'outbox of sinks', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (8, 'tokens of the API', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (9, 'read models of findings and hosts', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (10, 'log of alerts', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (11, 'features of hosts', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (12, 'who does what only one may do', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (13, 'the sum behind the risk of an assessment', '0.1.0');

INSERT INTO schema_migration (id, name, program) VALUES (14, 'what lists show of findings, in one column', '0.1.0');
