/**
 * Network namespaces joined by a bridge in a namespace of its own: nothing of the machine's own
 * network is touched, and nothing in the lab can reach it.
 */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { PREFIX6, type LabHost } from './plan.ts';

const SERVICES = fileURLToPath(new URL('services.ts', import.meta.url));

/** Runs a tool and returns what it printed; throws with its error text when it fails. */
export function tool(command: string, ...args: readonly string[]): string {
  return execFileSync(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

/** Writes the lab's self-signed certificate and its key into the directory of its services. */
export function makeCertificate(directory: string): void {
  const options = ['-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '825'];
  const files = ['-keyout', join(directory, 'key.pem'), '-out', join(directory, 'cert.pem')];
  tool('openssl', 'req', ...options, '-subj', '/CN=corp.example/O=Example Corp', ...files);
}

/** iproute2's command. */
export const IP = 'ip';

const ip = (...args: readonly string[]): string => tool(IP, ...args);

/** A running lab. Everything that `close` must undo is remembered here as it is made. */
export class Lab {
  readonly #namespaces: string[] = [];
  readonly #services = new Map<string, { process: ChildProcess; plan: string }>();
  readonly #closing: (() => void)[] = [];
  readonly #directory: string;
  readonly #prefix: string;
  readonly #switch: string;

  /**
   * @param directory holds cert.pem and key.pem; service processes run there
   * @param prefix of the names of its namespaces: two labs at a time need two
   */
  constructor(directory: string, prefix = 'tmlab-') {
    this.#directory = directory;
    this.#prefix = prefix;
    this.#switch = `${prefix}switch`;
    const left = ip('netns', 'list')
      .split('\n')
      .map((line) => line.split(' ', 1)[0] ?? '')
      .filter((name) => name.startsWith(prefix));
    if (left.length > 0) {
      throw new Error(
        `a lab is already there (${left.join(', ')}). If no other lab script is running, remove each with: ip netns delete NAME`,
      );
    }
    this.#namespace(this.#switch);
    ip('-n', this.#switch, 'link', 'add', 'br0', 'type', 'bridge');
    ip('-n', this.#switch, 'link', 'set', 'br0', 'up');
  }

  #namespace(name: string): void {
    ip('netns', 'add', name);
    this.#namespaces.push(name);
    ip('-n', name, 'link', 'set', 'lo', 'up');
  }

  /** The name of a host's namespace, for `ip netns exec`. */
  namespaceOf(host: string): string {
    return `${this.#prefix}${host}`;
  }

  /** Plugs a host into the switch. */
  plug(host: { name: string; mac: string; address: string; address6?: string }): void {
    const name = this.namespaceOf(host.name);
    this.#namespace(name);
    const cable = `v-${host.name}`;
    ip('-n', this.#switch, 'link', 'add', cable, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name);
    ip('-n', name, 'link', 'set', 'eth0', 'address', host.mac);
    ip('-n', this.#switch, 'link', 'set', cable, 'master', 'br0');
    ip('-n', this.#switch, 'link', 'set', cable, 'up');
    ip('-n', name, 'link', 'set', 'eth0', 'up');
    ip('-n', name, 'addr', 'add', `${host.address}/24`, 'dev', 'eth0');
    if (host.address6 !== undefined) {
      ip('-n', name, '-6', 'addr', 'add', `${host.address6}/64`, 'dev', 'eth0', 'nodad');
    }
    // The kernel answers closed UDP ports once a second only, as real hosts do; a lab has no time for that.
    tool(IP, 'netns', 'exec', name, 'sysctl', '-q', '-w', 'net.ipv4.icmp_ratelimit=0');
  }

  /** Takes a host off the switch and ends its services. */
  async unplug(host: string): Promise<void> {
    await this.#stop(host);
    const name = this.namespaceOf(host);
    // The kernel removes a namespace's devices some time later; the cable must be free for a replug at once.
    ip('-n', this.#switch, 'link', 'delete', `v-${host}`);
    ip('netns', 'delete', name);
    this.#namespaces.splice(this.#namespaces.indexOf(name), 1);
  }

  /** Which hosts are plugged in. */
  get hosts(): string[] {
    return this.#namespaces
      .filter((name) => name !== this.#switch)
      .map((name) => name.slice(this.#prefix.length));
  }

  setMac(host: string, mac: string): void {
    const name = this.namespaceOf(host);
    ip('-n', name, 'link', 'set', 'eth0', 'address', mac);
  }

  /** Installs the host's packet filter; without `allow` and `drop` there is none. */
  filter(host: Pick<LabHost, 'name' | 'allow' | 'drop'>): void {
    const nft = (...args: readonly string[]): string =>
      tool(IP, 'netns', 'exec', this.namespaceOf(host.name), 'nft', ...args);
    nft('flush', 'ruleset');
    if (host.allow === undefined && host.drop === undefined) return;
    nft('add', 'table', 'inet', 'lab');
    nft('add', 'chain', 'inet', 'lab', 'in', '{ type filter hook input priority 0; }');
    const ports = (host.allow ?? host.drop ?? []).join(', ');
    const match = host.allow === undefined ? '==' : '!=';
    nft('add', 'rule', 'inet', 'lab', 'in', 'tcp', 'dport', match, '{', ports, '}', 'drop');
    // A host behind such a filter answers no ping either; ARP cannot be filtered here.
    if (host.allow !== undefined) nft('add', 'rule', 'inet', 'lab', 'in', 'meta', 'l4proto', 'udp', 'drop');
  }

  /** Lets a host forward packets for scanners that know only a router, without telling them a shorter way. */
  forward(host: string): void {
    const set = (setting: string): string =>
      tool(IP, 'netns', 'exec', this.namespaceOf(host), 'sysctl', '-q', '-w', setting);
    set('net.ipv4.ip_forward=1');
    set('net.ipv4.conf.all.send_redirects=0');
    set('net.ipv4.conf.eth0.send_redirects=0');
  }

  /** (Re)starts a host's services if they differ from what runs. */
  async serve(host: Pick<LabHost, 'name' | 'services'>): Promise<void> {
    const plan = JSON.stringify(host.services);
    if (this.#services.get(host.name)?.plan === plan) return;
    await this.#stop(host.name);
    if (host.services.length === 0) return;
    const child = spawn(
      IP,
      ['netns', 'exec', this.namespaceOf(host.name), process.execPath, '--import', TSX, SERVICES, plan],
      { cwd: this.#directory, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.#services.set(host.name, { process: child, plan });
    const [first] = await Promise.race([once(child.stdout, 'data'), once(child, 'exit')]);
    if (!String(first).startsWith('ready')) throw new Error(`the services of ${host.name} did not start`);
  }

  async #stop(host: string): Promise<void> {
    const running = this.#services.get(host);
    if (running === undefined) return;
    this.#services.delete(host);
    if (running.process.exitCode !== null) return;
    const gone = once(running.process, 'exit');
    running.process.kill('SIGKILL');
    await gone;
  }

  /** Makes the lab hold these hosts, as they are, and the scanner. */
  async bringTo(wanted: readonly LabHost[]): Promise<void> {
    for (const name of this.hosts) {
      if (name !== 'scanner1' && !wanted.some((host) => host.name === name)) await this.unplug(name);
    }
    for (const host of wanted) {
      if (!this.hosts.includes(host.name)) {
        const last = host.address.split('.').at(-1) ?? '';
        this.plug({ ...host, ...(host.ipv6 === true ? { address6: `${PREFIX6}${last}` } : {}) });
      }
      this.setMac(host.name, host.mac);
      this.filter(host);
      await this.serve(host);
    }
  }

  /** What else must end before the namespaces can go; called once, at the end. */
  onClose(end: () => void): void {
    this.#closing.push(end);
  }

  /** Ends every process and removes every namespace that this lab made. */
  async close(): Promise<void> {
    for (const end of this.#closing.splice(0)) end();
    for (const host of this.#services.keys()) await this.#stop(host);
    for (const name of this.#namespaces.splice(0).toReversed()) ip('netns', 'delete', name);
  }
}

const TSX = import.meta.resolve('tsx');
