import type { EpisodeDetail } from '../../../api/recon.ts';
import { Panel } from '../../parts/panel.tsx';
import { STEP_WORDS } from '../../parts/recon-words.ts';
import { Scatter, type ScatterPoint, type Tick } from '../../parts/scatter.tsx';
import { localTime } from '../../parts/time-words.ts';
import { useNow } from '../../parts/when.tsx';

/** At most so many words on an upright axis. */
const TICKS = 8;

/** Evenly chosen ticks of a list that is the axis. */
function ticksOf(names: readonly string[]): readonly Tick[] {
  const step = Math.max(1, Math.ceil(names.length / TICKS));
  return names.flatMap((words, y) => (y % step === 0 ? [{ y, words }] : []));
}

/** Its contacts over time, by target and by port. */
export function Pictures({
  detail: { picture, alarm, transition, episode },
}: {
  readonly detail: EpisodeDetail;
}) {
  const now = useNow();
  const { sources, targets, ports, points, contacts } = picture;
  const timeOf = (at: number): string => localTime(new Date(at), now);
  const pointsOf = (upright: 'target' | 'port'): readonly ScatterPoint[] =>
    points.map((point) => ({
      at: new Date(point.at).getTime(),
      y: point[upright],
      kind: point.outcome,
      words: `${sources[point.source] ?? ''} → ${targets[point.target] ?? ''} ${ports[point.port] ?? ''}: ${point.outcome}, ${timeOf(new Date(point.at).getTime())}`,
    }));
  const marks = [
    { at: new Date(alarm).getTime(), words: 'evidence sufficed' },
    ...transition
      .slice(0, 3)
      .map(({ at, step }) => ({ at: new Date(at).getTime(), words: STEP_WORDS[step] })),
  ].filter(({ at }) => at >= new Date(episode.first).getTime() && at <= new Date(episode.last).getTime());
  if (points.length === 0) return undefined;
  const thinned =
    contacts > points.length
      ? ` ${points.length} of ${contacts.toLocaleString('en')} contacts, evenly chosen.`
      : '';
  return (
    <div className="columns">
      <Panel title="When, and whom" about={`Each mark is a contact; its shape is what came back.${thinned}`}>
        <Scatter
          label="Contacts by time and target"
          upright="targets, in order of address"
          points={pointsOf('target')}
          ticks={ticksOf(targets)}
          most={Math.max(1, targets.length - 1)}
          marks={marks}
          timeOf={timeOf}
        />
      </Panel>
      <Panel
        title="When, and which ports"
        about="The same contacts by port: a sweep is a line, a random order a cloud."
      >
        <Scatter
          label="Contacts by time and port"
          upright="ports, in order of number"
          points={pointsOf('port')}
          ticks={ticksOf(ports)}
          most={Math.max(1, ports.length - 1)}
          marks={marks}
          timeOf={timeOf}
        />
      </Panel>
    </div>
  );
}
