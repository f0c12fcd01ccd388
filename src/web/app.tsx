import { QueryClient, QueryClientProvider, useQuery } from '@tanstack/react-query';
import { Component, lazy } from 'react';
import { Route, Switch, useLocation } from 'wouter';
import { Refusal, whenSignedOut } from './data/ask.ts';
import { useFollowing } from './data/live.ts';
import { sessionQuery } from './data/session.ts';
import { Failure, Loading } from './parts/standstill.tsx';
import { Frame } from './shell/frame.tsx';
import { Page } from './shell/page.tsx';
import { SignIn } from './shell/sign-in.tsx';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      gcTime: 10 * 60_000,
      refetchOnWindowFocus: false,
      // What the server refused it refuses again; what did not reach it may.
      retry: (times, error) =>
        times < 2 && error instanceof Refusal && (error.status === 0 || error.status >= 502),
    },
  },
});
whenSignedOut(() => client.setQueryData(sessionQuery.queryKey, null));

/** The server has another build of the dashboard than the one that is open, or cannot be reached. */
class NotLoaded extends Refusal {
  constructor() {
    super(
      0,
      { fix: 'Tidemark was upgraded since this page was opened, or cannot be reached. Load it again.' },
      'This page could not be loaded.',
    );
  }
}

/** A page that is fetched when it is needed. What failed to come once is not asked for again before the next load. */
function page<P extends object>(load: () => Promise<{ readonly default: React.ComponentType<P> }>) {
  return lazy(async () => {
    try {
      return await load();
    } catch {
      throw new NotLoaded();
    }
  });
}

const Overview = page(() => import('./pages/overview/overview.tsx'));
const Findings = page(() => import('./pages/findings/findings.tsx'));
const Finding = page(() => import('./pages/finding/finding.tsx'));
const Hosts = page(() => import('./pages/hosts/hosts.tsx'));
const Host = page(() => import('./pages/host/host.tsx'));
const Scans = page(() => import('./pages/scans/scans.tsx'));
const Scan = page(() => import('./pages/scan/scan.tsx'));
const Diff = page(() => import('./pages/diff/diff.tsx'));
const Baseline = page(() => import('./pages/baseline/baseline.tsx'));
const Calendar = page(() => import('./pages/calendar/calendar.tsx'));
const Episodes = page(() => import('./pages/episodes/episodes.tsx'));
const Campaigns = page(() => import('./pages/episodes/campaigns.tsx'));
const Episode = page(() => import('./pages/episode/episode.tsx'));
const Sensors = page(() => import('./pages/sensors/sensors.tsx'));
const Sinks = page(() => import('./pages/sinks/sinks.tsx'));
const Audit = page(() => import('./pages/audit/audit.tsx'));
const Settings = page(() => import('./pages/settings/settings.tsx'));

/** A page that broke takes nothing else with it. */
class Guard extends Component<{ readonly children: React.ReactNode }, { readonly error: unknown }> {
  override state: { readonly error: unknown } = { error: undefined };
  static getDerivedStateFromError(error: unknown) {
    return { error };
  }
  override render() {
    if (this.state.error === undefined) return this.props.children;
    return (
      <Page title="This page broke">
        <Failure
          error={this.state.error}
          again={() => {
            if (this.state.error instanceof NotLoaded) window.location.reload();
            else this.setState({ error: undefined });
          }}
        />
      </Page>
    );
  }
}

function Places() {
  return (
    <Switch>
      <Route path="/" component={Overview} />
      <Route path="/findings" component={Findings} />
      <Route path="/findings/:id">{({ id }) => <Finding key={id} id={id} />}</Route>
      <Route path="/hosts" component={Hosts} />
      <Route path="/hosts/:address">{({ address }) => <Host key={address} address={address} />}</Route>
      <Route path="/scans" component={Scans} />
      <Route path="/scans/:id">{({ id }) => <Scan key={id} id={id} />}</Route>
      <Route path="/diff" component={Diff} />
      <Route path="/baseline" component={Baseline} />
      <Route path="/calendar" component={Calendar} />
      <Route path="/episodes" component={Episodes} />
      <Route path="/episodes/:id">{({ id }) => <Episode key={id} id={id} />}</Route>
      <Route path="/campaigns" component={Campaigns} />
      <Route path="/sensors" component={Sensors} />
      <Route path="/sinks" component={Sinks} />
      <Route path="/audit" component={Audit} />
      <Route path="/settings" component={Settings} />
      <Route>
        <Page title="Nothing here" lede="No page has this address. The navigation has all there are.">
          {undefined}
        </Page>
      </Route>
    </Switch>
  );
}

function Gate() {
  const [path] = useLocation();
  const session = useQuery(sessionQuery);
  useFollowing(session.data !== undefined && session.data !== null);
  if (session.isPending) return <Loading what="Tidemark" />;
  if (session.isError)
    return (
      <main className="lonely">
        <h1>Tidemark</h1>
        <Failure error={session.error} again={() => void session.refetch()} />
      </main>
    );
  if (session.data === null) return <SignIn />;
  return (
    <Frame>
      {/* Whoever goes elsewhere leaves what broke behind. */}
      <Guard key={path}>
        <Places />
      </Guard>
    </Frame>
  );
}

/** The dashboard: who is asking, then the page that the address names. */
export function App() {
  return (
    <QueryClientProvider client={client}>
      <Gate />
    </QueryClientProvider>
  );
}
