/**
 * The parts of two vendors' schemas that a finding uses, written from their references: field names, types, allowed
 * values and what is required. Unknown fields are refused, so that a misspelt one shows.
 */
const text = { type: 'string', minLength: 1 };
const ip = {
  anyOf: [
    { type: 'string', format: 'ipv4' },
    { type: 'string', format: 'ipv6' },
  ],
};
const date = { type: 'string', pattern: String.raw`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$` };
const port = { type: 'integer', minimum: 0, maximum: 65_535 };
const millis = { type: 'integer', minimum: 1_000_000_000_000, maximum: 9_999_999_999_999 };
const closed = (properties: Record<string, unknown>, required: readonly string[] = []) => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});

/** ECS 8.17 field reference: base, event, rule, host, source, destination, network, observer, related; `tidemark` is ours. */
export const ECS_SCHEMA = closed(
  {
    '@timestamp': date,
    ecs: closed({ version: { const: '8.17.0' } }, ['version']),
    message: { type: 'string' },
    tags: { type: 'array', items: text },
    event: closed(
      {
        kind: {
          enum: ['alert', 'asset', 'enrichment', 'event', 'metric', 'state', 'pipeline_error', 'signal'],
        },
        category: {
          type: 'array',
          items: {
            enum: [
              'api',
              'authentication',
              'configuration',
              'database',
              'driver',
              'email',
              'file',
              'host',
              'iam',
              'intrusion_detection',
              'library',
              'malware',
              'network',
              'package',
              'process',
              'registry',
              'session',
              'threat',
              'vulnerability',
              'web',
            ],
          },
        },
        // The type that configuration, intrusion_detection and network have in common.
        type: { type: 'array', items: { enum: ['info'] } },
        action: { pattern: '^(finding-(new|changed|closed)|digest-(new|changed))$' },
        id: text,
        module: text,
        dataset: text,
        provider: text,
        severity: { type: 'integer' },
        risk_score: { type: 'number' },
        risk_score_norm: { type: 'number', minimum: 0, maximum: 100 },
        reason: { type: 'string' },
        start: date,
        end: date,
        created: date,
      },
      ['kind', 'category', 'type', 'id', 'dataset', 'severity', 'risk_score'],
    ),
    rule: closed(
      {
        id: text,
        name: text,
        category: text,
        description: { type: 'string' },
        reference: { type: 'string' },
      },
      ['id', 'name'],
    ),
    host: closed({ ip: { type: 'array', items: ip } }, ['ip']),
    source: closed({ ip, address: text, port }, ['ip']),
    destination: closed({ ip, address: text, port }, ['ip']),
    network: closed({ transport: { enum: ['tcp', 'udp', 'sctp', 'ip'] } }),
    related: closed({ ip: { type: 'array', items: ip } }),
    observer: closed({ vendor: text, product: text, version: text, hostname: text }),
    tidemark: { type: 'object' },
  },
  ['@timestamp', 'ecs', 'event', 'rule', 'message'],
);

/** Captions of the statuses of a finding, which `status` repeats; 99 brings a word of its own. */
const STATUSES = [
  [1, 'New'],
  [2, 'In Progress'],
  [3, 'Suppressed'],
  [4, 'Resolved'],
] as const;

const DETECTION_FINDING = closed(
  {
    activity_id: { enum: [1, 2, 3] },
    category_uid: { const: 2 },
    class_uid: { const: 2004 },
    type_uid: { enum: [200_401, 200_402, 200_403] },
    severity_id: { enum: [1, 2, 3, 4, 5, 6] },
    severity: text,
    time: millis,
    message: { type: 'string' },
    metadata: closed(
      {
        version: { const: '1.3.0' },
        uid: text,
        product: closed({ name: text, vendor_name: text, version: text }, ['vendor_name']),
      },
      ['version', 'product'],
    ),
    finding_info: closed(
      {
        uid: text,
        title: { type: 'string' },
        desc: { type: 'string' },
        first_seen_time: millis,
        last_seen_time: millis,
        types: { type: 'array', items: text },
        analytic: closed({ type_id: { const: 1 }, type: { const: 'Rule' }, name: text, uid: text }, [
          'type_id',
        ]),
      },
      ['uid', 'title'],
    ),
    status_id: { type: 'integer' },
    status: text,
    status_detail: text,
    confidence_score: { type: 'integer', minimum: 0, maximum: 100 },
    confidence_id: { enum: [1, 2, 3] },
    risk_score: { type: 'integer' },
    evidences: {
      type: 'array',
      items: {
        ...closed({ src_endpoint: closed({ ip, port }), dst_endpoint: closed({ ip, port }) }),
        minProperties: 1,
      },
    },
    observables: {
      type: 'array',
      items: closed(
        {
          // A pointer to an attribute of the event.
          name: { enum: ['evidences[].src_endpoint.ip', 'evidences[].dst_endpoint.ip'] },
          type_id: { const: 2 },
          type: { const: 'IP Address' },
          value: ip,
        },
        ['name', 'type_id'],
      ),
    },
    remediation: closed(
      { desc: { type: 'string' }, references: { type: 'array', items: { type: 'string' } } },
      ['desc'],
    ),
  },
  ['activity_id', 'category_uid', 'class_uid', 'type_uid', 'severity_id', 'time', 'metadata', 'finding_info'],
);

/** OCSF 1.3, class Detection Finding (2004): attributes of the class and of the objects that it uses. */
export const OCSF_SCHEMA = {
  ...DETECTION_FINDING,
  anyOf: [...STATUSES, [99] as const].map(([id, caption]) => ({
    properties: {
      status_id: { const: id },
      status: caption === undefined ? text : { const: caption },
    },
  })),
};

/** Activities with the names that `activity_name` repeats: Completed, Error; 99 brings a word of its own. */
const SCAN_ACTIVITIES = [
  [2, 'Completed', 1],
  [6, 'Error', 2],
  [99, undefined, 2],
] as const;
const SCAN_TYPES = [
  [0, 'Unknown'],
  [1, 'Manual'],
  [2, 'Scheduled'],
] as const;
const count = { type: 'integer', minimum: 0 };

/** OCSF 1.3, class Scan Activity (6007), its objects `scan` and `policy`, and what every event has. `unmapped` is ours. */
export const OCSF_SCAN_SCHEMA = {
  ...closed(
    {
      activity_id: { type: 'integer' },
      activity_name: text,
      category_uid: { const: 6 },
      class_uid: { const: 6007 },
      type_uid: { enum: [600_702, 600_706, 600_799] },
      severity_id: { const: 1 },
      severity: { const: 'Informational' },
      time: millis,
      message: { type: 'string' },
      metadata: DETECTION_FINDING.properties['metadata'],
      status_id: { enum: [1, 2] },
      status: { enum: ['Success', 'Failure'] },
      status_detail: text,
      // At least one of name and uid: uid is always there.
      scan: {
        ...closed({ uid: text, name: text, type_id: { type: 'integer' }, type: text }, ['uid', 'type_id']),
        anyOf: SCAN_TYPES.map(([id, caption]) => ({
          properties: { type_id: { const: id }, type: { const: caption } },
        })),
      },
      start_time: millis,
      end_time: millis,
      duration: count,
      total: count,
      num_network_items: count,
      num_detections: count,
      command_uid: text,
      policy: closed({ name: text, uid: text }, ['name']),
      schedule_uid: text,
      unmapped: { type: 'object' },
    },
    ['activity_id', 'category_uid', 'class_uid', 'type_uid', 'severity_id', 'time', 'metadata', 'scan'],
  ),
  anyOf: SCAN_ACTIVITIES.map(([id, caption, status]) => ({
    properties: {
      activity_id: { const: id },
      activity_name: caption === undefined ? text : { const: caption },
      type_uid: { const: 600_700 + id },
      status_id: { const: status },
    },
  })),
};
