/*
 * Tools by what they say and how they offer to talk. Anybody can write the same: words about who came, never a reason.
 */

/** Programs that say what they are, as they or their manuals do. */
const AGENTS: readonly (readonly [pattern: RegExp, tool: string])[] = [
  [/nmap/i, 'Nmap'],
  [/masscan/i, 'masscan'],
  [/zgrab/i, 'zgrab'],
  [/zmap/i, 'ZMap'],
  [/gobuster/i, 'gobuster'],
  [/dirb(uster)?\b/i, 'DirBuster'],
  [/feroxbuster/i, 'feroxbuster'],
  [/fuzz faster|ffuf/i, 'ffuf'],
  [/wfuzz/i, 'wfuzz'],
  [/nikto/i, 'Nikto'],
  [/nuclei/i, 'Nuclei'],
  [/sqlmap/i, 'sqlmap'],
  [/wpscan/i, 'WPScan'],
  [/whatweb/i, 'WhatWeb'],
  [/openssh-keyscan/i, 'ssh-keyscan'],
  [/censys/i, 'Censys'],
  [/shodan/i, 'Shodan'],
];

/**
 * JA3, JA4 and HASSH of clients that nothing else has. JA4 of libraries (OpenSSL, Go) name no tool and are not here.
 * Origin: Nmap 7.93 and 7.95, OpenSSH 9.2's ssh-keyscan, captured in a laboratory. Evasions: an edited
 * nmap-service-probes or script, another release of ssh-keyscan.
 */
const CLIENTS: ReadonlyMap<string, string> = new Map([
  ['ee0799c323d74129b75b633dcfd41593', 'Nmap'],
  ['ts3i200000_1a40976cc687_000000000000', 'Nmap'],
  ['16ee84a07b55074cb2751329bf1c8811', 'Nmap'],
  ['t12i060100_eca7c5d91837_338aad02a631', 'Nmap'],
  ['30d619ff10a6eed923df39b14a5c9b42', 'Nmap'],
  ['t13i080400_29ed02898241_7ec14cb91cd4', 'Nmap'],
  ['e788c657d1a22971d5026526ffd2e918', 'Nmap'],
  ['a20aced7c9824fd804f59e68dd801ad3', 'Nmap'],
  ['146c5c62d23255e543b72292ce71de2c', 'ssh-keyscan'],
]);

/** The tool that a user agent or a banner names; undefined when it names none that is known here. */
export function toolOfAgent(agent: string): string | undefined {
  return AGENTS.find(([pattern]) => pattern.test(agent))?.[1];
}

/** The tool that alone has this JA3, JA4 or HASSH, as far as is known. */
export function toolOfClient(fingerprint: string): string | undefined {
  return CLIENTS.get(fingerprint);
}
