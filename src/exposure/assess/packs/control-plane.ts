import type { Severity } from '../../../findings/severity.ts';
import type { Rule, RuleTest } from '../rule.ts';
import type { ControlId } from '../controls.ts';
import { exposedWeighsMore } from '../zone.ts';
import { named, namedTests, openPort, pageTitle, product } from './conditions.ts';

interface ControlPlane {
  readonly topic: string;
  readonly words: string;
  readonly names: readonly string[];
  readonly ports: readonly number[];
  readonly products?: readonly string[];
  /** Words of its web page's title: many of these are a web server like any other to version detection. */
  readonly titles?: readonly string[];
  readonly severity: Severity;
  readonly whenExpected?: Severity;
  /** 30 unless given. */
  readonly points?: number;
  readonly impact?: string;
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
    words: 'The management of a virtual-machine host (hypervisor)',
    names: ['vmware-auth', 'iss-realsecure', 'wpl-analytics'],
    ports: [902, 8006],
    products: ['VMware ESXi', 'VMware Authentication Daemon', 'Proxmox'],
    severity: 'medium',
    why: 'Whoever runs the hypervisor runs every machine on it.',
    reference: 'https://techdocs.broadcom.com/us/en/vmware-cis/vsphere/vsphere/8-0/vsphere-security.html',
  },
  {
    topic: 'swarm',
    words: 'A Docker Swarm manager',
    names: ['swarm'],
    ports: [2377],
    severity: 'medium',
    why: 'Swarm managers speak to one another there; a machine that joins runs containers of the cluster.',
    reference: 'https://docs.docker.com/engine/swarm/swarm-tutorial/',
  },
  {
    topic: 'registry',
    words: 'A registry of container images',
    names: ['docker-registry'],
    ports: [],
    products: ['Docker Registry'],
    severity: 'medium',
    why: 'Whoever can write there puts programs on every machine that takes its images from it; a fresh registry asks for no login.',
    reference: 'https://distribution.github.io/distribution/about/deploying/',
  },
  {
    topic: 'dashboard',
    words: 'A web page that runs containers or a cluster (Portainer, Rancher, Argo CD, Kubernetes Dashboard)',
    names: ['portainer', 'rancher'],
    ports: [],
    products: ['Portainer', 'Rancher'],
    titles: ['Portainer', 'Rancher', 'Argo CD', 'Kubernetes Dashboard'],
    severity: 'medium',
    why: 'Whoever has a login there starts and stops programs on many machines.',
    reference: 'https://kubernetes.io/docs/tasks/access-application-cluster/web-ui-dashboard/',
  },
  {
    topic: 'jobs',
    words: 'A web page that runs jobs (Spark, Airflow)',
    names: [],
    ports: [],
    titles: ['Spark Master at', 'Airflow'],
    severity: 'medium',
    why: 'Such a page starts programs on the machines of a cluster; a fresh Spark asks for no login.',
    reference: 'https://spark.apache.org/docs/latest/security.html',
  },
  {
    topic: 'rabbitmq',
    words: 'The management page of RabbitMQ',
    names: [],
    ports: [15672],
    titles: ['RabbitMQ Management'],
    severity: 'low',
    why: 'It shows and moves the messages between programs, and a fresh one has the login “guest”.',
    impact: 'Messages between programs may be read or forged.',
    reference: 'https://www.rabbitmq.com/docs/management',
  },
  {
    topic: 'metrics',
    words: 'A page of measurements (Prometheus, Alertmanager, Node Exporter)',
    names: ['prometheus'],
    ports: [],
    products: ['Prometheus'],
    titles: ['Prometheus Time Series', 'Alertmanager', 'Node Exporter'],
    severity: 'low',
    whenExpected: 'info',
    points: 10,
    why: 'These programs ask for no login by themselves, and tell names, addresses and versions of everything that they watch.',
    impact: 'It is a map of the network for whoever reads it.',
    reference: 'https://prometheus.io/docs/operating/security/',
  },
];

const CONTROLS: readonly ControlId[] = [
  'PCI DSS 4.0 1.2.5',
  'PCI DSS 4.0 2.2.4',
  'PCI DSS 4.0 8.3.1',
  'CIS v8 4.6',
  'CIS v8 12.8',
];

/** What runs many machines at once. 30 points: more than one machine's administration, and most ask for no login by themselves. */
export const CONTROL_PLANE: readonly Rule[] = PLANES.map((plane) => {
  const { names, ports, products = [], titles = [] } = plane;
  return {
    id: `control-plane.${plane.topic}`,
    category: 'control-plane',
    on: 'port',
    title: `${plane.words} answers`,
    severity: plane.severity,
    ...(plane.whenExpected === undefined ? {} : { whenExpected: plane.whenExpected }),
    severityIn: exposedWeighsMore(plane.severity),
    points: plane.points ?? 30,
    match: [
      ...(names.length + ports.length === 0 ? [] : [named(names, ports)]),
      ...(products.length === 0 ? [] : [product(...products)]),
      ...(titles.length === 0 ? [] : [pageTitle(...titles)]),
    ].join(' || '),
    why: plane.why,
    impact: plane.impact ?? 'Whoever is let in runs programs on the machines behind it.',
    actions: [
      'Check that only the machines that need it reach it.',
      'Check that it asks for a login or a client certificate.',
    ],
    references: [plane.reference],
    compliance: CONTROLS,
    tests: examples(plane),
  } satisfies Rule;
});

function examples({ names, ports, products = [], titles = [] }: ControlPlane): readonly RuleTest[] {
  const [name] = names;
  const [port] = ports;
  return [
    ...(name !== undefined && port !== undefined ? namedTests(name, port) : []),
    ...(name === undefined && port !== undefined
      ? [{ name: 'by number', facts: openPort(port, { name: 'unknown', guessed: true }), expect: true }]
      : []),
    ...(name !== undefined && port === undefined
      ? [{ name: 'by name', facts: openPort(7, { name }), expect: true }]
      : []),
    ...products.map((word) => ({
      name: `${word} announces itself`,
      facts: openPort(7, { product: word }),
      expect: true,
    })),
    ...titles.map((title) => ({
      name: `a page titled ${title}`,
      facts: openPort(7, { name: 'http' }, { scripts: [{ id: 'http-title', output: title }] }),
      expect: true,
    })),
    { name: 'a web site', facts: openPort(443, { name: 'http', product: 'nginx' }), expect: false },
  ];
}
