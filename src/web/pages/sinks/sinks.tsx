import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { counted } from '../../../text/phrase.ts';
import { deadLettersQuery, sinksQuery, useRequeue, useTestSink } from '../../data/operations.ts';
import { useSession } from '../../data/session.ts';
import { announce } from '../../shell/announce.tsx';
import { Page } from '../../shell/page.tsx';
import { SeverityBadge, Tag } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { Inert } from '../../parts/inert.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { Facts, Notice, Panel } from '../../parts/panel.tsx';
import { ShowMore } from '../../parts/show-more.tsx';
import { Empty, Failure, Loading, wordsOf } from '../../parts/standstill.tsx';
import { When } from '../../parts/when.tsx';

function DeadLetters({ admin }: { readonly admin: boolean }) {
  const list = useInfiniteQuery(deadLettersQuery);
  const { rows } = rowsOf(list);
  const requeue = useRequeue();
  return (
    <Panel title="Messages that were given up" about="Kept until somebody sends them again.">
      {list.isPending ? (
        <Loading what="messages" rows={3} />
      ) : list.isError ? (
        <Failure error={list.error} again={() => void list.refetch()} />
      ) : rows.length === 0 ? (
        <Empty title="None. Everything was delivered, or is still being tried." />
      ) : (
        <ul className="short-list">
          {rows.map(({ sink, key, finding, tries, why, at }) => (
            <li key={`${sink} ${key}`}>
              <Link href={`/findings/${finding.id}`} className="short-name">
                <Inert text={finding.title} most={160} />
              </Link>
              <span className="short-facts">
                <SeverityBadge severity={finding.severity} />
                <span>for {sink}</span>
                <span>{counted(tries, 'try', 'tries')}</span>
                <When at={at} as="local" />
                {admin && (
                  <Button
                    disabled={requeue.isPending}
                    onClick={() =>
                      requeue.mutate(key, {
                        onSuccess: ({ requeued }) =>
                          announce({ words: `${counted(requeued.length, 'message')} will be sent again.` }),
                        onError: (error) => announce({ words: wordsOf(error).message, tone: 'failed' }),
                      })
                    }
                  >
                    Send again
                  </Button>
                )}
              </span>
              <p className="quiet small">
                <Inert text={why} most={300} unfold />
              </p>
            </li>
          ))}
        </ul>
      )}
      <ShowMore list={list} />
    </Panel>
  );
}

/** Where findings are sent, and what got stuck. */
export default function Sinks() {
  const sinks = useQuery(sinksQuery);
  const { may } = useSession();
  const test = useTestSink();
  const admin = may('admin');
  return (
    <Page
      title="Sinks"
      lede="Where findings are sent. Each is delivered at least once, in order; a receiver that is down is tried again, and never holds up the others."
    >
      {sinks.isPending ? (
        <Loading what="sinks" rows={6} />
      ) : sinks.isError ? (
        <Failure error={sinks.error} again={() => void sinks.refetch()} />
      ) : sinks.data.items.length === 0 ? (
        <Empty title="No sink is configured.">
          Findings stay here. To send them on, name a receiver under <code>sinks</code> in{' '}
          <code>tidemark.yaml</code>.
        </Empty>
      ) : (
        <div className="columns">
          {sinks.data.items.map((sink) => (
            <Panel
              key={sink.name}
              title={sink.name}
              about={`${sink.kind}; ${sink.minSeverity === 'info' ? 'every severity' : `${sink.minSeverity} and worse`}`}
              aside={
                admin && (
                  <Button
                    disabled={test.isPending}
                    onClick={() =>
                      test.mutate(sink.name, {
                        onSuccess: ({ taken, why, fix }) =>
                          announce(
                            taken
                              ? { words: `${sink.name} took the test finding.` }
                              : {
                                  words: (
                                    <Inert text={`${sink.name} did not take it: ${why} ${fix}`} most={500} />
                                  ),
                                  tone: 'failed',
                                },
                          ),
                        onError: (error) => announce({ words: wordsOf(error).message, tone: 'failed' }),
                      })
                    }
                  >
                    Send a test
                  </Button>
                )
              }
            >
              <Facts
                facts={[
                  ['Delivered', sink.delivered.toLocaleString('en')],
                  [
                    'Waiting',
                    sink.pending === 0 ? (
                      '0'
                    ) : (
                      <Tag key="w" tone="medium">
                        {sink.pending.toLocaleString('en')}
                      </Tag>
                    ),
                  ],
                  [
                    'Given up',
                    sink.dead === 0 ? (
                      '0'
                    ) : (
                      <Tag key="d" tone="high">
                        {sink.dead.toLocaleString('en')}
                      </Tag>
                    ),
                  ],
                  ['Last delivery', <When key="last" at={sink.last} />],
                ]}
              />
              {sink.failing > 0 ? (
                <Notice tone="high">
                  It does not take what it is sent: <Inert text={sink.why} most={300} unfold />
                </Notice>
              ) : (
                sink.why !== '' && (
                  <p className="small">
                    <span className="quiet">Given up last because:</span>{' '}
                    <Inert text={sink.why} most={300} unfold />
                  </p>
                )
              )}
            </Panel>
          ))}
        </div>
      )}
      <DeadLetters admin={admin} />
    </Page>
  );
}
