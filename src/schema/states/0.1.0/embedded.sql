CREATE TABLE tidemark.assessment
(
    `assessment` UUID COMMENT 'Identifier of the assessment',
    `assessed` DateTime64(6, 'UTC') COMMENT 'When',
    `run` String COMMENT 'The run assessed',
    `against` LowCardinality(String) COMMENT 'baseline v3, run 1f2e…, or nothing',
    `risk` LowCardinality(String) COMMENT 'low, medium, high or critical',
    `score` Float64 COMMENT 'Overall risk, 0–100',
    `confidence` Float64 COMMENT '0–1',
    `findings` UInt32 COMMENT 'How many findings it made'
)
ENGINE = MergeTree
ORDER BY (run, assessed)
SETTINGS fsync_after_insert = 1, fsync_part_directory = 1, index_granularity = 8192
COMMENT 'Assessments of runs';

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

INSERT INTO schema_migration (id, name, program) VALUES (1, 'scans, baselines and findings', '0.1.0');
