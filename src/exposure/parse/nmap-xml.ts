import { Fault } from '../../fault/fault.ts';
import type { ScanEvent, ScanReader } from '../model/scan-event.ts';
import type { RunStatus } from '../model/scan-run.ts';
import { HostBuilder } from './nmap-host.ts';
import { transportProtocol } from './nmap-port.ts';
import { footerOfRun, headerOfRun, openRun, readRunstat, statusAtEnd, type OpenRun } from './nmap-run.ts';
import { ScriptBuilder } from './nmap-script.ts';
import { EventLog } from './problems.ts';
import type { XmlAttributes } from './xml-attributes.ts';
import { XmlFields } from './xml-fields.ts';
import type { XmlHandler, XmlStop } from './xml-handler.ts';
import { DEFAULT_XML_LIMITS, type XmlLimits } from './xml-handler.ts';
import { XmlTokenizer } from './xml-tokenizer.ts';
import { Utf8Input } from './xml-encoding.ts';

/** Bounds of the Nmap reader: those of XML, and what one host (or all pre- or post-scripts) may hold. */
export interface NmapXmlLimits extends XmlLimits {
  readonly maxHostBytes: number;
  readonly maxHostElements: number;
}

/**
 * A host with all 65,535 ports listed for two protocols, each with a service, takes about 25 MB and
 * half a million elements.
 */
export const DEFAULT_NMAP_LIMITS: NmapXmlLimits = {
  ...DEFAULT_XML_LIMITS,
  maxHostBytes: 64 * 1024 * 1024,
  maxHostElements: 1_000_000,
};

/** Scans of one protocol each; Nmap has four. A file that lists more is not believed. */
const MOST_SCANINFO = 64;

const VOCABULARY = [
  'nmaprun', 'scaninfo', 'verbose', 'debugging', 'prescript', 'postscript', 'runstats', 'finished', 'hosts',
  'host', 'status', 'address', 'hostnames', 'hostname', 'ports', 'extraports', 'extrareasons', 'port', 'state',
  'service', 'owner', 'script', 'table', 'elem', 'cpe', 'os', 'osmatch', 'osclass', 'hostscript', 'trace', 'hop',
  'uptime', 'distance', 'addport', 'protocol', 'portid', 'reason', 'reason_ttl', 'reason_ip', 'name', 'method',
  'conf', 'product', 'version', 'extrainfo', 'id', 'output', 'key', 'addr', 'addrtype', 'type', 'count', 'proto',
]; // prettier-ignore

/**
 * Reads Nmap XML of 3.x to 7.9x and masscan XML. One `<host>` is one event, as soon as it is whole.
 *
 * A run is *complete* when its root closed after `<runstats>` and `finished/@exit`, where given, says
 * success; *interrupted* when the root closed without that, or the bytes end between two of its hosts, as
 * a Nmap that was stopped with Ctrl-C leaves them; *truncated* when the bytes end inside an element, or
 * could not be read further. Several documents in one file are several runs.
 *
 * Throws Fault: `parse/not-a-scan` for another root element, `parse/dtd-declarations`, `parse/empty`,
 * `parse/malformed` when there is no root to begin with, `parse/limit` before any host.
 */
export class NmapXmlReader implements ScanReader, XmlHandler {
  readonly #limits: NmapXmlLimits;
  readonly #log = new EventLog();
  readonly #fields = new XmlFields(this.#log);
  readonly #tokenizer: XmlTokenizer;
  readonly #input: Utf8Input;
  #run: OpenRun | undefined;
  #runs = 0;
  #hosts = 0;
  #host: HostBuilder | undefined;
  #script: ScriptBuilder | undefined;
  #scriptDepth = 0;
  /** Depth of an element whose subtree is skipped; 0 when none is. */
  #skipDepth = 0;
  /** Where the host, prescript or postscript being read began, and how many elements it has had. */
  #sectionOffset = 0;
  #sectionElements = 0;
  #cpe: string[] | undefined;
  #bytes = 0;

  constructor(limits: NmapXmlLimits = DEFAULT_NMAP_LIMITS) {
    this.#limits = limits;
    this.#tokenizer = new XmlTokenizer(this, VOCABULARY, limits);
    this.#input = new Utf8Input(
      (piece) => this.#tokenizer.push(piece),
      () => this.#tokenizer.ignoreDeclaredEncoding(),
    );
  }

  push(chunk: Uint8Array): readonly ScanEvent[] {
    this.#bytes += chunk.length;
    this.#input.push(chunk);
    return this.#log.take();
  }

  end(): readonly ScanEvent[] {
    this.#input.end();
    this.#tokenizer.end();
    if (this.#runs === 0) {
      throw new Fault(
        'parse/empty',
        this.#bytes === 0 ? 'the file is empty' : 'the file holds no scan',
        'Give the output of nmap -oX.',
        { offset: this.#bytes },
      );
    }
    this.#log.closeProblems(this.#bytes);
    return this.#log.take();
  }

  report(code: `parse/${string}`, message: string, offset: number): void {
    this.#log.problem(code, message, offset);
  }

  stop(stop: XmlStop): void {
    const { code, message, offset } = stop;
    if (this.#runs === 0 || (code === 'parse/limit' && this.#hosts === 0)) {
      throw new Fault(
        code,
        `this is not readable as XML: ${message}`,
        'Export the scan again with nmap -oX, or give the file that Nmap wrote unchanged.',
        { offset },
      );
    }
    this.#log.problem(code, message, offset);
    const betweenHosts = stop.openElements === 1 && this.#run?.sawRunstats === false;
    this.#closeRun(betweenHosts ? 'interrupted' : 'truncated');
  }

  open(name: string, attributes: XmlAttributes, offset: number): void {
    if (this.#skipDepth > 0) return;
    const depth = this.#tokenizer.depth;
    if (depth === 1) return this.#openRoot(name, attributes, offset);
    if (depth > 2 && !this.#withinLimits(depth, offset)) return;
    if (this.#script !== undefined) {
      if (!this.#script.open(name, attributes)) this.#skipDepth = depth;
      this.#tokenizer.wantsText = this.#script.wantsText;
      return;
    }
    const taken =
      depth === 2 ? this.#openSection(name, attributes, offset) : this.#openInside(depth, name, attributes);
    if (!taken) this.#skipDepth = depth;
  }

  #openRoot(name: string, attributes: XmlAttributes, offset: number): void {
    if (name !== 'nmaprun') {
      if (this.#runs > 0) {
        this.#log.problem('parse/not-a-scan', `another document follows whose root is <${name}>`, offset);
        this.#tokenizer.abandon();
        return;
      }
      throw new Fault(
        'parse/not-a-scan',
        `the root element is <${name.slice(0, 60)}>, not <nmaprun>`,
        'Give the XML that nmap -oX or masscan -oX wrote.',
        { offset },
      );
    }
    this.#runs += 1;
    this.#run = openRun(attributes, this.#fields);
  }

  /** Whether what is being read is still small enough; if not, it is dropped whole. */
  #withinLimits(depth: number, offset: number): boolean {
    this.#sectionElements += 1;
    const { maxHostBytes, maxHostElements } = this.#limits;
    if (offset - this.#sectionOffset <= maxHostBytes && this.#sectionElements <= maxHostElements) return true;
    const section = this.#tokenizer.openAt(1) ?? '';
    this.#log.problem(
      'parse/limit',
      `a <${section}> is larger than ${maxHostBytes} bytes or ${maxHostElements} elements and was left out`,
      this.#sectionOffset,
      section,
    );
    this.#host = undefined;
    this.#script = undefined;
    this.#cpe = undefined;
    this.#tokenizer.wantsText = false;
    // The section itself is skipped to its end, not only the element that was one too many.
    this.#skipDepth = Math.min(depth, 2);
    return false;
  }

  #openSection(name: string, attributes: XmlAttributes, offset: number): boolean {
    const run = this.#run!;
    switch (name) {
      case 'host':
        this.#sendHeader();
        this.#beginSection(offset);
        this.#host = new HostBuilder(attributes, this.#fields, this.#log, offset);
        return true;
      case 'prescript':
        // Counted together: however many of them there are, they are held until the run begins.
        if (run.preScripts.length === 0) this.#beginSection(offset);
        return !run.headerSent;
      case 'postscript':
        if (run.postScripts.length === 0) this.#beginSection(offset);
        return true;
      case 'runstats':
        this.#sendHeader();
        this.#beginSection(offset);
        run.sawRunstats = true;
        return true;
      case 'scaninfo':
        this.#openScaninfo(run, attributes, offset);
        return true;
      case 'verbose':
        run.verbose = this.#fields.uint(attributes, 'level', 100, 'verbose/@level') ?? 0;
        return true;
      case 'debugging':
        run.debugging = this.#fields.uint(attributes, 'level', 100, 'debugging/@level') ?? 0;
        return true;
      default:
        return false;
    }
  }

  #beginSection(offset: number): void {
    this.#sectionOffset = offset;
    this.#sectionElements = 0;
  }

  #openScaninfo(run: OpenRun, attributes: XmlAttributes, offset: number): void {
    const protocol = transportProtocol(attributes.get('protocol'));
    const services = attributes.get('services');
    const numservices = this.#fields.uint(attributes, 'numservices', 65_536, 'scaninfo/@numservices');
    if (protocol === undefined) {
      this.#fields.wrong(attributes, 'protocol', 'scaninfo/@protocol', 'tcp, udp, sctp or ip');
    } else if (run.headerSent || run.scaninfo.length >= MOST_SCANINFO) {
      this.#log.problem('parse/misplaced', 'a scaninfo stands after the first host', offset, 'scaninfo');
    } else {
      run.scaninfo.push({
        type: attributes.get('type') ?? 'unknown',
        protocol,
        ...(services === undefined ? undefined : { services }),
        ...(numservices === undefined ? undefined : { numservices }),
      });
    }
  }

  #openInside(depth: number, name: string, attributes: XmlAttributes): boolean {
    const parent = this.#tokenizer.openAt(depth - 2)!;
    if (name === 'script') {
      if (parent !== 'port' && parent !== 'hostscript' && parent !== 'prescript' && parent !== 'postscript') {
        return false;
      }
      this.#script = new ScriptBuilder(attributes);
      this.#scriptDepth = depth;
      return true;
    }
    if (parent === 'runstats') return readRunstat(this.#run!, name, attributes, this.#fields);
    if (this.#host?.open(parent, name, attributes) !== true) return false;
    if (name === 'cpe') {
      this.#cpe = [];
      this.#tokenizer.wantsText = true;
    }
    return true;
  }

  text(text: string): void {
    if (this.#script === undefined) this.#cpe?.push(text);
    else this.#script.text(text);
  }

  close(name: string, offset: number): void {
    // The element is off the tokenizer's stack already.
    const depth = this.#tokenizer.depth + 1;
    if (this.#skipDepth > 0) {
      if (depth === this.#skipDepth) this.#skipDepth = 0;
      if (depth > 1) return;
    }
    if (this.#script !== undefined) return this.#closeInScript(depth);
    switch (name) {
      case 'cpe':
        if (this.#cpe !== undefined) {
          this.#host?.cpe(this.#tokenizer.openAt(depth - 2) ?? '', this.#cpe.join(''));
          this.#cpe = undefined;
          this.#tokenizer.wantsText = false;
        }
        break;
      case 'host':
        if (depth === 2) this.#closeHost();
        break;
      case 'nmaprun':
        if (depth === 1) this.#closeRun(statusAtEnd(this.#run!));
        break;
      default:
        this.#host?.close(name, offset);
    }
  }

  #closeInScript(depth: number): void {
    this.#tokenizer.wantsText = false;
    if (depth !== this.#scriptDepth) {
      this.#script?.close();
      return;
    }
    const script = this.#script!.finish();
    this.#script = undefined;
    const parent = this.#tokenizer.openAt(depth - 2) ?? '';
    if (parent === 'prescript') this.#run?.preScripts.push(script);
    else if (parent === 'postscript') this.#run?.postScripts.push(script);
    else this.#host?.script(parent, script);
  }

  #closeHost(): void {
    const host = this.#host?.finish();
    this.#host = undefined;
    if (host === undefined) return;
    this.#hosts += 1;
    this.#log.emit({ kind: 'host', host });
  }

  #sendHeader(): void {
    const run = this.#run!;
    if (run.headerSent) return;
    run.headerSent = true;
    this.#log.emit({ kind: 'run', header: headerOfRun(run) });
  }

  #closeRun(status: RunStatus): void {
    const run = this.#run;
    this.#host = undefined;
    this.#script = undefined;
    this.#cpe = undefined;
    this.#skipDepth = 0;
    if (run === undefined) return;
    this.#sendHeader();
    this.#run = undefined;
    this.#log.emit({ kind: 'end', footer: footerOfRun(run, status) });
  }
}
