import type { ControlId } from '../controls.ts';
import type { Rule } from '../rule.ts';
import { named, namedTests } from './conditions.ts';

const UNNEEDED: readonly ControlId[] = ['PCI DSS 4.0 2.2.4', 'CIS v8 4.8'];
const INSECURE: readonly ControlId[] = ['PCI DSS 4.0 1.2.6', 'PCI DSS 4.0 2.2.5', 'CIS v8 4.8'];

function device(
  topic: string,
  rest: Pick<Rule, 'title' | 'match' | 'why' | 'impact' | 'actions' | 'references' | 'tests'> & Partial<Rule>,
): Rule {
  return {
    id: `device.${topic}`,
    category: 'unsafe',
    on: 'port',
    severity: 'low',
    whenNew: 'low',
    whenExpected: 'info',
    severityIn: { 'internet-facing': 'medium' },
    points: 10,
    compliance: UNNEEDED,
    ...rest,
  };
}

/** Cameras, printers, sensors and the like. MQTT, raw printing and Telnet are said by other packs. 10 points: nuisance more than harm, inside. */
export const DEVICES: readonly Rule[] = [
  device('camera-stream', {
    title: 'A video or audio stream (RTSP) answers',
    match: `${named(['rtsp', 'rtsp-alt', 'rtsp-proxy'], [554, 8554])} && service.tunnel != "ssl"`,
    severityIn: { 'internet-facing': 'high' },
    why: 'Cameras offer their picture there, unencrypted, and some to anybody who asks.',
    impact: 'Others may watch or listen.',
    actions: [
      'Check that the camera asks for a login that is not the factory one.',
      'Allow it from the recorder only.',
    ],
    references: ['RFC 7826, section 21'],
    compliance: INSECURE,
    tests: namedTests('rtsp', 554),
  }),
  device('coap', {
    title: 'A small device (CoAP) answers',
    match: named(['coap'], [5683], 'udp'),
    why: 'CoAP’s plain port asks for no login, and answers a forged question with more than it was sent.',
    impact: 'Sensors may be read or set, and the device used to flood somebody else.',
    actions: ['Switch to its encrypted port (5684/udp), or allow it from its gateway only.'],
    references: ['RFC 7252, section 11'],
    compliance: INSECURE,
    tests: namedTests('coap', 5683, 'udp'),
  }),
  device('upnp', {
    title: 'UPnP answers',
    match: named(['upnp', 'ssdp'], [1900], 'udp'),
    why: 'UPnP tells what the device is, lets programs open ports in a router without asking, and answers a forged question with more than it was sent.',
    impact: 'The device can be used to flood somebody else, and a router may open doors by itself.',
    actions: ['Switch UPnP off on routers.', 'Block 1900/udp at the edge of the network.'],
    references: ['https://www.cisa.gov/news-events/alerts/2014/01/17/udp-based-amplification-attacks'],
    tests: namedTests('upnp', 1900, 'udp'),
  }),
  device('ws-discovery', {
    title: 'Device search (WS-Discovery, ONVIF) answers',
    match: named(['ws-discovery', 'wsdapi'], [3702], 'udp'),
    why: 'Cameras and printers tell there what they are, and answer a forged question with far more than they were sent.',
    impact: 'The device can be used to flood somebody else.',
    actions: [
      'Block 3702/udp at the edge of the network.',
      'Switch discovery off where nobody looks for the device.',
    ],
    references: ['https://nmap.org/nsedoc/scripts/wsdd-discover.html'],
    tests: namedTests('ws-discovery', 3702, 'udp'),
  }),
  device('lpd', {
    title: 'A printer’s old print port (LPD) answers',
    match: named(['printer'], [515]),
    why: 'LPD asks for no login and encrypts nothing.',
    impact: 'Print-outs may be read or forged.',
    actions: ['Allow it from the print server only, or print through IPP over TLS.'],
    references: ['RFC 1179'],
    compliance: INSECURE,
    tests: namedTests('printer', 515),
  }),
  device('medical', {
    title: 'Medical images or records (DICOM, HL7) can be reached',
    match: named(['dicom', 'acr-nema', 'hl7'], [104, 2575, 11_112]),
    severity: 'medium',
    whenNew: 'high',
    whenExpected: 'low',
    severityIn: { 'internet-facing': 'critical' },
    points: 25,
    why: 'Both protocols are usually spoken unencrypted, and believe what the caller says it is.',
    impact: 'Patients’ data may be read or changed.',
    actions: [
      'Check which machines have to reach it, and let no others through the firewall.',
      'Ask its maker for TLS.',
    ],
    references: ['DICOM PS3.15 (security profiles)'],
    compliance: ['CIS v8 3.3', 'CIS v8 3.10', 'CIS v8 4.4'] satisfies readonly ControlId[],
    tests: namedTests('dicom', 11_112),
  }),
];
