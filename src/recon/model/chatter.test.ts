import { describe, expect, test } from 'vitest';
import { parseIpAddress, type IpAddress } from '../../net/ip-address.ts';
import { isChatter } from './chatter.ts';
import { ARP, ICMP, ICMP6, TCP, UDP } from './ip-protocol.ts';

const address = (text: string): IpAddress => parseIpAddress(text)!;

describe('chatter', () => {
  test.each([
    // What, source, its port, destination, its port, protocol, chatter
    ['mDNS to its group', '10.0.0.5', 5353, '224.0.0.251', 5353, UDP, true],
    ['mDNS to its IPv6 group', 'fe80::1', 5353, 'ff02::fb', 5353, UDP, true],
    ['SSDP to its group', '10.0.0.5', 50_000, '239.255.255.250', 1900, UDP, true],
    ['LLMNR to its group', '10.0.0.5', 50_000, '224.0.0.252', 5355, UDP, true],
    ['IGMP', '10.0.0.5', 0, '224.0.0.22', 0, 2, true],
    ['the last multicast address', '10.0.0.5', 1, '239.255.255.255', 1, UDP, true],
    ['the address after the last multicast one', '10.0.0.5', 1, '240.0.0.0', 1, UDP, false],
    ['the address before the first multicast one', '10.0.0.5', 1, '223.255.255.255', 1, UDP, false],
    ['limited broadcast', '10.0.0.5', 1, '255.255.255.255', 7, UDP, true],
    ['DHCP discover', '0.0.0.0', 68, '255.255.255.255', 67, UDP, true],
    ['DHCP renewal, unicast and routed', '10.0.0.5', 68, '10.9.0.1', 67, UDP, true],
    ['DHCPv6', 'fe80::5', 546, 'fe80::1', 547, UDP, true],
    ['a probe of a DHCP server', '10.0.0.5', 40_000, '10.0.0.1', 67, UDP, false],
    ['neighbour solicitation, unicast', 'fe80::5', 0, '2001:db8::1', 135 << 8, ICMP6, true],
    ['router advertisement', 'fe80::1', 0, 'ff02::1', 134 << 8, ICMP6, true],
    ['redirect', 'fe80::1', 0, 'fe80::5', 137 << 8, ICMP6, true],
    ['listener report', 'fe80::5', 0, 'fe80::1', 143 << 8, ICMP6, true],
    ['IPv6 ping', 'fe80::5', 0, 'fe80::1', 128 << 8, ICMP6, false],
    ['IPv6 ping of everybody', 'fe80::5', 0, 'ff02::1', 128 << 8, ICMP6, true],
    ['ping', '10.0.0.5', 0, '10.0.0.6', 8 << 8, ICMP, false],
    ['SSDP answer on the link', '10.0.0.6', 1900, '10.0.0.5', 50_000, UDP, true],
    ['SSDP asked of one host', '10.0.0.5', 50_000, '10.0.0.6', 1900, UDP, false],
    ['SSDP asked from its own port, from afar', '198.51.100.7', 1900, '10.0.0.6', 1900, UDP, false],
    ['mDNS between neighbours', '10.0.0.5', 5353, '10.0.0.6', 5353, UDP, true],
    ['mDNS between IPv6 neighbours', '2001:db8::5', 5353, '2001:db8::6', 5353, UDP, true],
    ['mDNS from afar', '203.0.113.7', 5353, '198.51.100.6', 5353, UDP, false],
    ['mDNS asked of one host', '10.0.0.5', 40_000, '10.0.0.6', 5353, UDP, false],
    ['mDNS within the link-local block', 'fe80::5', 40_000, 'fe80::6', 5353, UDP, true],
    ['UDP from port 1900 to a service', '10.0.0.5', 1900, '10.0.0.6', 161, UDP, false],
    ['NetBIOS name to a directed broadcast', '10.0.0.5', 137, '10.0.0.255', 137, UDP, true],
    ['NetBIOS datagram to a directed broadcast', '10.0.0.5', 138, '10.0.3.255', 138, UDP, true],
    ['NetBIOS name asked of one host', '10.0.0.5', 137, '10.0.0.6', 137, UDP, false],
    ['SNMP to a directed broadcast', '10.0.0.5', 40_000, '10.0.0.255', 161, UDP, false],
    ['TCP to port 5353', '10.0.0.5', 40_000, '10.0.0.6', 5353, TCP, false],
    ['TCP within the link-local block', 'fe80::5', 40_000, 'fe80::6', 22, TCP, false],
    ['ARP', '10.0.0.5', 0, '10.0.0.6', 0, ARP, false],
  ] as const)('%s', (_, source, sourcePort, destination, destinationPort, protocol, want) => {
    expect(
      isChatter({
        source: address(source),
        sourcePort,
        destination: address(destination),
        destinationPort,
        protocol,
      }),
    ).toBe(want);
  });
});
