import { toolOfAgent, toolOfClient } from './client-signatures.ts';
import { PROBE_FAMILIES } from './probe-payload.ts';
import { byConfidence, type ToolMatch } from './tool-match.ts';
import { CAPTURED, type ToolConfidence } from './tool-signatures.ts';

/** Something that a source said above the transport. Values are attacker-written. */
export interface Saying {
  /** As sensors name it: `http`, `ssh`, `rdp`. */
  readonly service: string;
  /** Which field of an application record it is. */
  readonly field: 'agent' | 'ja3' | 'ja4' | 'hassh' | 'action' | 'name' | 'target';
  readonly value: string;
  /** How often, or 1 where only that it was said is known. */
  readonly count: number;
}

/** Something that a tool alone says, as far as is known, or that it says among other things. */
interface Telltale {
  readonly tool: string;
  readonly service: string;
  readonly field: Saying['field'];
  readonly value: string | RegExp;
  /** False: others say it too, and it says something only beside a telltale of the tool in another protocol. */
  readonly alone: boolean;
  readonly origin: string;
}

const PROBES = `nmap-service-probes and payloads of Nmap 7.93; ${CAPTURED}`;
const SCRIPTS = `scripts of Nmap 7.93 and 7.95; ${CAPTURED}`;
const MASSCAN = `proto-*.c and templ-payloads.c of masscan 1.3.2; ${CAPTURED}`;

/** What fixed payloads and paths of tools have that nobody else has to write so. */
const TELLTALES: readonly Telltale[] = [
  { tool: 'Nmap', service: 'http', field: 'target', value: '/nice%20ports%2C/Tri%6Eity.txt%2ebak', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'http', field: 'target', value: /^\/nmap(lower|upper)check\d+$/i, alone: true, origin: SCRIPTS },
  { tool: 'Nmap', service: 'http', field: 'target', value: '/evox/about', alone: true, origin: SCRIPTS },
  { tool: 'Nmap', service: 'http', field: 'target', value: '/HNAP1', alone: false, origin: SCRIPTS },
  { tool: 'Nmap', service: 'http', field: 'target', value: '/sdk', alone: false, origin: SCRIPTS },
  { tool: 'Nmap', service: 'rdp', field: 'name', value: 'nmap', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'krb5', field: 'name', value: 'NM', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'sip', field: 'target', value: 'sip:nm', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'rtsp', field: 'name', value: 'no CSeq', alone: false, origin: PROBES },
  { tool: 'Nmap', service: 'rpc', field: 'target', value: 'portmapper 104316', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'rpc', field: 'target', value: '12345678', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'l2tp', field: 'name', value: 'nxp-scan', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'ike', field: 'name', value: '0011223344556677', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'snmp', field: 'name', value: '4a69', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'ntp', field: 'name', value: 'transmitted in 2004', alone: true, origin: PROBES },
  { tool: 'Nmap', service: 'netbios-ns', field: 'name', value: '80f0', alone: false, origin: PROBES },
  { tool: 'masscan', service: 'snmp', field: 'target', value: 'padded identifier', alone: true, origin: MASSCAN },
  { tool: 'masscan', service: 'ntp', field: 'action', value: 'NTPMonlist', alone: false, origin: MASSCAN },
  { tool: 'fping', service: 'icmp', field: 'action', value: 'FpingEcho', alone: true, origin: `fping 5.1; ${CAPTURED}` },
]; // prettier-ignore

/** What the counts of agents and of JA3, JA4 and HASSH are of, in the plural. */
export interface SayingUnits {
  readonly agent: string;
  readonly client: string;
}

interface Basis {
  readonly how: keyof SayingUnits;
  readonly rule: string;
  readonly evasions: string;
  readonly takes: (saying: Saying) => boolean;
}

const BASES: readonly Basis[] = [
  {
    how: 'agent',
    rule: 'what it called itself',
    evasions: 'an option of nearly every tool; anybody can call himself so',
    takes: ({ field }) => field === 'agent',
  },
  {
    how: 'client',
    rule: 'its JA3, JA4 or HASSH',
    evasions: 'an edited probe or script, another release, another TLS library',
    takes: ({ field }) => field === 'ja3' || field === 'ja4' || field === 'hassh',
  },
];

/**
 * Tools by what a source said above the transport, surest first: words about who came, never a reason. A text is named
 * by its first telltale.
 */
export function attributeSaid(sayings: readonly Saying[], units: SayingUnits): readonly ToolMatch[] {
  const said = BASES.flatMap(({ how, rule, evasions, takes }) => {
    const some = sayings.filter(takes);
    const of = sum(some);
    const toolOf = how === 'agent' ? toolOfAgent : toolOfClient;
    const held = new Map<string, number>();
    for (const { value, count } of some) {
      const tool = toolOf(value);
      if (tool !== undefined) held.set(tool, (held.get(tool) ?? 0) + count);
    }
    const confidence: ToolConfidence = how === 'agent' ? 'high' : 'very high';
    return [...held].map(([tool, count]) =>
      match(tool, how, confidence, `${rule} names it in`, count, of, units[how], evasions),
    );
  });
  return [...said, ...payloads(sayings)].toSorted(byConfidence);
}

/** By protocol, not by packet: a probe that is sent to a thousand hosts is still one thing known of its sender. */
function payloads(sayings: readonly Saying[]): ToolMatch[] {
  const probed = new Set<string>();
  const found = new Map<string, { readonly telltales: Set<Telltale>; readonly services: Set<string> }>();
  for (const saying of sayings) {
    const telltale = TELLTALES.find((one) => tells(one, saying));
    if (telltale !== undefined || (saying.field === 'action' && PROBE_FAMILIES.has(saying.value)))
      probed.add(saying.service);
    if (telltale === undefined) continue;
    const known = found.get(telltale.tool) ?? { telltales: new Set(), services: new Set() };
    found.set(telltale.tool, known);
    known.telltales.add(telltale);
    known.services.add(telltale.service);
  }
  return [...found].flatMap(([tool, { telltales, services }]): ToolMatch[] => {
    const alone = [...telltales].some((one) => one.alone);
    if (!alone && services.size < 2) return [];
    const rule = `payloads that it sends (${[...services].toSorted().join(', ')}) were seen in`;
    const confidence = alone ? 'very high' : 'medium';
    const evasions = 'an edited probe file, other payloads; anybody can send the same';
    return [
      match(tool, 'payload', confidence, rule, services.size, probed.size, 'probed protocols', evasions),
    ];
  });
}

/** Of a text above the transport whether it is one that attributeSaid looks at, besides agents and fingerprints. */
export function isTelling(saying: Omit<Saying, 'count'>): boolean {
  return (
    (saying.field === 'action' && PROBE_FAMILIES.has(saying.value)) ||
    TELLTALES.some((telltale) => tells(telltale, saying))
  );
}

function tells({ service, field, value }: Telltale, saying: Omit<Saying, 'count'>): boolean {
  if (saying.service !== service || saying.field !== field) return false;
  return typeof value === 'string' ? saying.value === value : value.test(saying.value);
}

function match(
  tool: string,
  how: keyof SayingUnits | 'payload',
  confidence: ToolConfidence,
  rule: string,
  held: number,
  of: number,
  unit: string,
  evasions: string,
): ToolMatch {
  return {
    tool,
    signature: `${tool.toLowerCase()}/${how}`,
    basis: 'said',
    confidence,
    held,
    of,
    unit,
    text: `It talks like ${tool}: ${rule} ${held.toLocaleString('en-US')} of ${of.toLocaleString('en-US')} ${unit}.`,
    evasions,
  };
}

function sum(sayings: readonly Saying[]): number {
  return sayings.reduce((all, { count }) => all + count, 0);
}
