import type { Script } from '../exposure/model/host.ts';
import { formatInstant, type Instant } from '../time/instant.ts';
import { Dice } from './dice.ts';
import type { Machine, MachineService } from './machine.ts';
import type { Product } from './products.ts';

const hex = (dice: Dice, digits: number): string =>
  Array.from({ length: digits }, () => dice.int(0, 15).toString(16)).join('');

/** What "default and safe" scripts say of a port: http-title, ssl-cert, ssh-hostkey. Stable from week to week. */
export function portScripts(machine: Machine, service: MachineService, product: Product): Script[] {
  const scripts: Script[] = [];
  // Keys and certificates belong to the machine, not to the week.
  const dice = new Dice(machine.place.index, service.port, machine.mac.charCodeAt(16));
  if (product.name === 'ssh') {
    const fingerprint = hex(dice, 32);
    scripts.push({
      id: 'ssh-hostkey',
      output: `\n  256 ${(fingerprint.match(/../g) ?? []).join(':')} (ED25519)`,
      items: [
        {
          items: [
            { key: 'type', value: 'ssh-ed25519' },
            { key: 'bits', value: '256' },
            { key: 'fingerprint', value: fingerprint },
          ],
        },
      ],
    });
  }
  if (product.web === true) {
    const title = `${machine.name.split('-', 1)[0] ?? ''} & Co. <${machine.name}>`;
    scripts.push({ id: 'http-title', output: title, items: [{ key: 'title', value: title }] });
  }
  if (service.tls) {
    const sha1 = hex(dice, 40);
    scripts.push({
      id: 'ssl-cert',
      output: `Subject: commonName=${machine.name}\nNot valid before: 2026-03-01T00:00:00\nNot valid after:  2027-03-01T00:00:00`,
      items: [
        { key: 'subject', items: [{ key: 'commonName', value: machine.name }] },
        {
          key: 'validity',
          items: [
            { key: 'notBefore', value: '2026-03-01T00:00:00' },
            { key: 'notAfter', value: '2027-03-01T00:00:00' },
          ],
        },
        { key: 'sha1', value: sha1 },
      ],
    });
  }
  return scripts;
}

/** Host scripts of Windows machines; smb2-time says another thing at every scan. */
export function hostScripts(machine: Machine, at: Instant, dice: Dice): Script[] {
  if (!machine.services.some((service) => service.port === 445)) return [];
  const date = formatInstant((Math.floor(at / 1e6) * 1e6) as Instant).replace('Z', '');
  const startDate = 'N/A';
  return [
    {
      id: 'smb2-time',
      output: `\n  date: ${date}\n  start_date: ${startDate}`,
      items: [
        { key: 'date', value: date },
        { key: 'start_date', value: startDate },
      ],
    },
    { id: 'clock-skew', output: `${dice.int(-3, 3)}s` },
  ];
}
