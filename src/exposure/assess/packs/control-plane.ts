import type { Severity } from '../../../findings/severity.ts';
import type { Rule } from '../rule.ts';
import { named, namedTests, openPort, product } from './conditions.ts';

interface ControlPlane {
  readonly topic: string;
  readonly words: string;
  readonly names: readonly string[];
  readonly ports: readonly number[];
  readonly products?: readonly string[];
  readonly severity: Severity;
  readonly whenExpected?: Severity;
  readonly why: string;
  readonly reference: string;
}

const PLANES: readonly ControlPlane[] = [
  {
    topic: 'docker',
    words: 'The Docker engine without TLS',
    names: ['docker'],
    ports: [2375],
    severity: 'critical',
    whenExpected: 'high',
    why: 'The engine’s port without TLS asks for no login, and containers can be given the whole machine.',
    reference: 'https://docs.docker.com/engine/security/protect-access/',
  },
  {
    topic: 'docker-tls',
    words: 'The Docker engine behind TLS',
    names: ['docker-s'],
    ports: [2376],
    severity: 'medium',
    why: 'Whoever has a client certificate runs anything on the machine.',
    reference: 'https://docs.docker.com/engine/security/protect-access/',
  },
  {
    topic: 'kubelet',
    words: 'A Kubernetes kubelet',
    names: ['kubelet'],
    ports: [10250],
    severity: 'medium',
    why: 'The kubelet starts, stops and enters containers on its node; anonymous requests are allowed unless switched off.',
    reference: 'https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/',
  },
  {
    topic: 'kubelet-read-only',
    words: 'A kubelet’s read-only port',
    names: [],
    ports: [10255],
    severity: 'high',
    whenExpected: 'medium',
    why: 'It tells anybody what runs on the node, names and settings included.',
    reference: 'https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/',
  },
  {
    topic: 'kubernetes-api',
    words: 'A Kubernetes API server',
    names: ['sun-sr-https'],
    ports: [6443],
    products: ['Kubernetes', 'Golang net/http server (Kubernetes'],
    severity: 'low',
    why: 'The API server runs the cluster.',
    reference: 'https://kubernetes.io/docs/concepts/security/controlling-access/',
  },
  {
    topic: 'etcd',
    words: 'etcd',
    names: ['etcd-client', 'etcd-server'],
    ports: [2379, 2380],
    products: ['etcd'],
    severity: 'high',
    whenExpected: 'medium',
    why: 'etcd holds the state of a cluster, secrets included.',
    reference: 'https://etcd.io/docs/latest/op-guide/security/',
  },
  {
    topic: 'consul',
    words: 'Consul',
    names: ['consul', 'fmtp'],
    ports: [8500],
    products: ['Consul'],
    severity: 'medium',
    why: 'Consul knows every service, and with script checks on it runs commands.',
    reference: 'https://developer.hashicorp.com/consul/docs/security',
  },
  {
    topic: 'nomad',
    words: 'Nomad',
    names: ['nomad'],
    ports: [4646],
    products: ['Nomad'],
    severity: 'high',
    whenExpected: 'medium',
    why: 'Without access lists Nomad runs any job that it is sent.',
    reference: 'https://developer.hashicorp.com/nomad/docs/concepts/security',
  },
  {
    topic: 'vault',
    words: 'Vault',
    names: ['vault'],
    ports: [8200],
    products: ['HashiCorp Vault'],
    severity: 'medium',
    why: 'Vault keeps the secrets of everything else.',
    reference: 'https://developer.hashicorp.com/vault/docs/concepts/production-hardening',
  },
  {
    topic: 'hadoop',
    words: 'A Hadoop cluster manager',
    names: ['hadoop-namenode', 'hadoop-yarn'],
    ports: [8088, 9870, 50070],
    products: ['Hadoop', 'YARN'],
    severity: 'high',
    whenExpected: 'medium',
    why: 'Without Kerberos a cluster manager runs any job that it is sent.',
    reference: 'https://hadoop.apache.org/docs/stable/hadoop-project-dist/hadoop-common/SecureMode.html',
  },
  {
    topic: 'jupyter',
    words: 'A Jupyter notebook',
    names: ['jupyter'],
    ports: [],
    products: ['Jupyter'],
    severity: 'medium',
    why: 'A notebook runs whatever is typed into it.',
    reference: 'https://jupyter-server.readthedocs.io/en/stable/operators/security.html',
  },
  {
    topic: 'salt',
    words: 'A Salt master',
    names: ['salt'],
    ports: [4505, 4506],
    products: ['SaltStack', 'Salt master'],
    severity: 'medium',
    why: 'A Salt master runs commands on every machine that it manages.',
    reference: 'https://docs.saltproject.io/en/latest/topics/hardening.html',
  },
  {
    topic: 'libvirt',
    words: 'libvirt',
    names: ['libvirt'],
    ports: [16509],
    severity: 'high',
    whenExpected: 'medium',
    why: 'The unencrypted port of libvirt runs virtual machines, and asks for a login only if told to.',
    reference: 'https://libvirt.org/remote.html',
  },
  {
    topic: 'hypervisor',
    words: 'A hypervisor’s management',
    names: ['vmware-auth', 'iss-realsecure', 'wpl-analytics'],
    ports: [902, 8006],
    products: ['VMware ESXi', 'VMware Authentication Daemon', 'Proxmox'],
    severity: 'medium',
    why: 'Whoever runs the hypervisor runs every machine on it.',
    reference: 'CIS Controls v8, 12.8',
  },
];

/** What runs many machines at once. 30 points: more than one machine's administration, and most ask for no login by themselves. */
export const CONTROL_PLANE: readonly Rule[] = PLANES.map((plane) => {
  const byName = named(plane.names, plane.ports);
  const words = plane.products ?? [];
  return {
    id: `control-plane.${plane.topic}`,
    category: 'control-plane',
    on: 'port',
    title: `${plane.words} answers`,
    severity: plane.severity,
    ...(plane.whenExpected === undefined ? {} : { whenExpected: plane.whenExpected }),
    points: 30,
    match: words.length === 0 ? byName : `${byName} || ${product(...words)}`,
    why: plane.why,
    impact: 'Whoever is let in runs programs on the machines behind it.',
    actions: [
      'Check that only the machines that need it reach it.',
      'Check that it asks for a login or a client certificate.',
    ],
    references: [plane.reference],
    tests: [
      ...(plane.ports.length === 0 || plane.names.length === 0
        ? []
        : namedTests(plane.names[0]!, plane.ports[0]!)),
      ...(plane.names.length === 0
        ? [
            {
              name: 'by number',
              facts: openPort(plane.ports[0]!, { name: 'unknown', guessed: true }),
              expect: true,
            },
          ]
        : []),
      ...words.map((word) => ({
        name: `${word} announces itself`,
        facts: openPort(7, { product: word }),
        expect: true,
      })),
      { name: 'a web site', facts: openPort(443, { name: 'http', product: 'nginx' }), expect: false },
    ],
  } satisfies Rule;
});
