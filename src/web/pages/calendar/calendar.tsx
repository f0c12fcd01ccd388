import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { Link } from 'wouter';
import type { AuthorisedScan, Grant, Schedule } from '../../../api/scanning.ts';
import { counted } from '../../../text/phrase.ts';
import { authorisedScansQuery, schedulesQuery, scopeQuery } from '../../data/scanning.ts';
import { Page } from '../../shell/page.tsx';
import { Tag } from '../../parts/badge.tsx';
import { Button } from '../../parts/button.tsx';
import { useFilters } from '../../parts/filters.ts';
import { Inert } from '../../parts/inert.tsx';
import { rowsOf } from '../../parts/pages-of.ts';
import { Facts, Panel } from '../../parts/panel.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { localDay } from '../../parts/time-words.ts';
import { useNow, When } from '../../parts/when.tsx';
import './calendar.css';

const DAY_NAMES = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;
/** Entries that a day shows; the rest is a number. */
const SHOWN = 4;

interface Entry {
  readonly at: Date;
  readonly words: string;
  readonly kind: 'planned' | 'made' | 'running';
  readonly href?: string;
}

function dayKey(date: Date): string {
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}-${String(date.getDate()).padStart(2, '0')}`;
}

/** Whole weeks, Monday first, that hold a month. */
function weeksOf(year: number, month: number): readonly (readonly Date[])[] {
  const first = new Date(year, month, 1);
  const start = new Date(year, month, 1 - ((first.getDay() + 6) % 7));
  const weeks: Date[][] = [];
  for (let day = start; day.getMonth() === month || day < first || weeks.length === 0;) {
    weeks.push(
      Array.from({ length: 7 }, (_, at) => new Date(day.getFullYear(), day.getMonth(), day.getDate() + at)),
    );
    day = new Date(day.getFullYear(), day.getMonth(), day.getDate() + 7);
    if (day.getMonth() !== month && day > first) break;
  }
  return weeks;
}

function Month({
  year,
  month,
  entries,
}: {
  readonly year: number;
  readonly month: number;
  readonly entries: readonly Entry[];
}) {
  const now = useNow();
  const byDay = new Map<string, Entry[]>();
  for (const entry of entries) {
    const key = dayKey(entry.at);
    byDay.set(key, [...(byDay.get(key) ?? []), entry]);
  }
  const time = (at: Date): string =>
    `${String(at.getHours()).padStart(2, '0')}:${String(at.getMinutes()).padStart(2, '0')}`;
  return (
    <table className="month">
      <caption className="sr">Scans by day</caption>
      <thead>
        <tr>
          {DAY_NAMES.map((name) => (
            <th key={name} scope="col">
              {name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeksOf(year, month).map((week) => (
          <tr key={dayKey(week[0]!)}>
            {week.map((day) => {
              const own = (byDay.get(dayKey(day)) ?? []).toSorted((a, b) => a.at.getTime() - b.at.getTime());
              const today = dayKey(day) === dayKey(now);
              return (
                <td
                  key={dayKey(day)}
                  className={[
                    day.getMonth() === month ? '' : 'other-month',
                    today ? 'today' : '',
                    own.length === 0 ? 'no-entry' : '',
                  ].join(' ')}
                >
                  <time dateTime={dayKey(day)} className="day-number">
                    <span className="sr">{localDay(day)}</span>
                    <span aria-hidden="true">
                      <span className="only-phone">{DAY_NAMES[(day.getDay() + 6) % 7]} </span>
                      {day.getDate()}
                      {day.getMonth() !== month && (
                        <span className="only-phone">
                          {' '}
                          {new Intl.DateTimeFormat('en-GB', { month: 'short' }).format(day)}
                        </span>
                      )}
                    </span>
                    {today && <span className="sr"> (today)</span>}
                  </time>
                  <ul>
                    {own.slice(0, SHOWN).map((entry) => (
                      <li
                        key={`${entry.at.getTime()} ${entry.words}`}
                        className={`entry entry-${entry.kind}`}
                        title={entry.words}
                      >
                        <span className="num">{time(entry.at)}</span>{' '}
                        {entry.href === undefined ? (
                          <span>{entry.words}</span>
                        ) : (
                          <Link href={entry.href}>{entry.words}</Link>
                        )}
                        {entry.kind === 'running' && ' (running)'}
                      </li>
                    ))}
                    {own.length > SHOWN && <li className="quiet small">and {own.length - SHOWN} more</li>}
                  </ul>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const EVENTS = {
  started: 'began',
  ended: 'ended well',
  failed: 'failed',
  missed: 'was missed',
} as const;

function ScheduleItem({ schedule }: { readonly schedule: Schedule }) {
  const { name, cron, timeZone, profiles, plan, targets, next, last } = schedule;
  return (
    <li className="observation">
      <p className="cluster">
        <strong>{name}</strong>
        <code>{cron}</code>
        <span className="quiet small">{timeZone}</span>
        {last?.event === 'failed' && <Tag tone="high">failed last time</Tag>}
        {last?.event === 'missed' && <Tag tone="medium">missed last time</Tag>}
      </p>
      <p className="small">
        {plan === null ? profiles.join(', ') : `plan ${plan}`} of{' '}
        <Inert text={targets.join(', ')} most={160} />
      </p>
      <p className="quiet small">
        Next: {next[0] === undefined ? 'no time in this month' : <When at={next[0].due} as="both" />}
        {last !== null && (
          <>
            .{' '}
            {last.event === 'registered' ? (
              'It has not run yet'
            ) : (
              <>
                Last time it {EVENTS[last.event]}, <When at={last.at} />
              </>
            )}
            {last.why !== '' && (
              <>
                : <Inert text={last.why} most={200} />
              </>
            )}
          </>
        )}
      </p>
    </li>
  );
}

function windowWords({ days, from, to, timeZone }: Grant['windows'][number]): string {
  return `${days.length === 7 ? 'every day' : days.join(' ')} ${from} to ${to} (${timeZone})`;
}

function GrantItem({ grant }: { readonly grant: Grant }) {
  return (
    <li className="observation">
      <p className="cluster">
        <strong>{grant.id}</strong>
        {grant.holds ? (
          grant.openNow ? (
            <Tag tone="low">open now</Tag>
          ) : (
            <Tag>
              opens <When at={grant.opens} />
            </Tag>
          )
        ) : (
          <Tag tone="medium">does not hold</Tag>
        )}
      </p>
      <Facts
        facts={[
          [
            'What may be scanned',
            <code key="networks">{[...grant.networks, ...grant.names].join(' ')}</code>,
          ],
          grant.exclude.length > 0 && ['But never', <code key="exclude">{grant.exclude.join(' ')}</code>],
          [
            'How',
            `${grant.profiles.join(', ')}; at most T${grant.timing}${grant.rate === null ? '' : `, ${grant.rate} packets a second`}`,
          ],
          ['When', grant.windows.length === 0 ? 'always' : grant.windows.map(windowWords).join('; ')],
          ['Owner', `${grant.owner}, ${grant.ticket}`],
          ['Expires', <When key="expires" at={grant.expires} as="both" />],
        ]}
      />
    </li>
  );
}

function shiftMonth(year: number, month: number, by: number): string {
  const date = new Date(year, month + by, 1);
  return `${date.getFullYear()}-${String(date.getMonth() + 1).padStart(2, '0')}`;
}

/** What may be scanned, what runs when, and what was made. */
export default function Calendar() {
  const filters = useFilters<'month'>();
  const now = useNow();
  const given = /^(\d{4})-(\d{2})$/.exec(filters.one('month') ?? '');
  const year = given === null ? now.getFullYear() : Number(given[1]);
  const month = given === null ? now.getMonth() : Math.min(11, Math.max(0, Number(given[2]) - 1));
  const until = new Date(year, month + 1, 7).toISOString();
  const schedules = useQuery(schedulesQuery(until));
  const scope = useQuery(scopeQuery);
  const made = useInfiniteQuery(authorisedScansQuery(new Date(year, month, -6).toISOString()));
  const { rows } = rowsOf<AuthorisedScan>(made);
  const entries = useMemo(
    () => [
      ...(schedules.data?.items.flatMap(({ name, next }) =>
        next.map(({ due }): Entry => ({ at: new Date(due), words: name, kind: 'planned' })),
      ) ?? []),
      ...rows.map(({ from, profile, running, scan }): Entry => ({
        at: new Date(from),
        words: profile,
        kind: running ? 'running' : 'made',
        ...(scan === null ? {} : { href: `/scans/${scan}` }),
      })),
    ],
    [schedules.data, rows],
  );
  const title = new Intl.DateTimeFormat('en-GB', { month: 'long', year: 'numeric' }).format(
    new Date(year, month, 1),
  );
  return (
    <Page
      title="Authorised scans"
      lede="What may be scanned, what runs when, and what was made. Tidemark sends nothing that a grant does not allow."
    >
      <Panel
        title={title}
        about="Planned scans are framed, scans that were made are filled. Times are yours."
        aside={
          <div className="cluster">
            <Button onClick={() => filters.set({ month: shiftMonth(year, month, -1) })}>Month before</Button>
            <Button onClick={() => filters.set({ month: undefined })}>This month</Button>
            <Button onClick={() => filters.set({ month: shiftMonth(year, month, 1) })}>Month after</Button>
          </div>
        }
      >
        {schedules.isError ? (
          <Failure error={schedules.error} again={() => void schedules.refetch()} />
        ) : made.isError ? (
          <Failure error={made.error} again={() => void made.refetch()} />
        ) : (
          <Month year={year} month={month} entries={entries} />
        )}
      </Panel>
      <div className="columns">
        <Panel title="Schedules">
          {schedules.isPending ? (
            <Loading what="schedules" rows={3} />
          ) : schedules.data?.items.length === 0 ? (
            <Empty title="No scan is planned.">
              Name one under <code>schedules</code> in <code>tidemark.yaml</code>.
            </Empty>
          ) : (
            <ul className="stack">
              {schedules.data?.items.map((schedule) => (
                <ScheduleItem key={schedule.name} schedule={schedule} />
              ))}
            </ul>
          )}
        </Panel>
        <Panel
          title="What may be scanned"
          about={scope.data === undefined ? undefined : `This machine looks from ${scope.data.vantage}.`}
        >
          {scope.isPending ? (
            <Loading what="the scope" rows={3} />
          ) : scope.isError ? (
            <Failure error={scope.error} again={() => void scope.refetch()} />
          ) : scope.data.grants.length === 0 ? (
            <Empty title="Nothing: there is no grant.">
              Scans that others made can be imported all the same. A grant stands under{' '}
              <code>scope.grants</code> in <code>tidemark.yaml</code>.
            </Empty>
          ) : (
            <ul className="stack">
              {scope.data.grants.map((grant) => (
                <GrantItem key={grant.id} grant={grant} />
              ))}
            </ul>
          )}
        </Panel>
      </div>
      <Panel
        title="Scans that were made"
        about="As the ledger has them; the other half stays quiet about their packets."
      >
        {made.isPending ? (
          <Loading what="scans" rows={4} />
        ) : rows.length === 0 ? (
          <Empty title="None in this time." />
        ) : (
          <>
            <p className="quiet small num">{counted(rows.length, 'scan')}</p>
            <div className="scroll-x" tabIndex={0} role="region" aria-label="Scans that were made">
              <table className="plain-table">
                <caption className="sr">Scans that were made</caption>
                <thead>
                  <tr>
                    <th scope="col">Begun</th>
                    <th scope="col">Profile</th>
                    <th scope="col">Targets</th>
                    <th scope="col">Ports</th>
                    <th scope="col">Allowed by</th>
                    <th scope="col">Run</th>
                  </tr>
                </thead>
                <tbody>
                  {rows.map((each) => (
                    <tr key={each.id}>
                      <th scope="row">
                        <When at={each.from} as="local" />
                      </th>
                      <td>{each.profile}</td>
                      <td>
                        <code>
                          <Inert text={each.targets.join(' ')} most={120} unfold />
                        </code>
                      </td>
                      <td>
                        <code>
                          {each.protocol} <Inert text={each.ports} most={60} />
                        </code>
                      </td>
                      <td>
                        {each.grants.join(', ')} <span className="quiet">{each.ticket}</span>
                      </td>
                      <td>
                        {each.running ? (
                          <Tag tone="info">running</Tag>
                        ) : each.scan === null ? (
                          <span className="quiet">none stored</span>
                        ) : (
                          <Link href={`/scans/${each.scan}`}>{each.scan}</Link>
                        )}
                      </td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          </>
        )}
      </Panel>
    </Page>
  );
}
