import type { EpisodeDetail } from '../../../api/recon.ts';
import { Tag } from '../../parts/badge.tsx';
import { Inert } from '../../parts/inert.tsx';
import { Panel } from '../../parts/panel.tsx';

/** What is behind it: role and process of the machine, hints about the tool. */
export function Behind({ detail }: { readonly detail: EpisodeDetail }) {
  const { tools, sending, traits, process, role } = detail;
  if (tools.length + sending.length + traits.length === 0 && process === null && role === null)
    return undefined;
  return (
    <Panel
      title="What is behind it"
      about="Hints about the tool and the machine. Never the reason for an episode."
    >
      {role !== null && (
        <p>
          The source is a <strong>{role.role}</strong> <span className="quiet small">({role.how})</span>:{' '}
          <Inert text={role.why} />
        </p>
      )}
      {process !== null && (
        <p>
          Started by{' '}
          <code>
            <Inert text={process.executable} most={200} />
          </code>{' '}
          as <Inert text={process.user} most={80} /> on <Inert text={process.host} most={80} />.
        </p>
      )}
      {tools.map((tool) => (
        <div key={`${tool.tool} ${tool.signature}`} className="observation">
          <p className="cluster">
            <strong>{tool.tool}</strong>
            <Tag>{tool.confidence} confidence</Tag>
            <span className="quiet small">
              {tool.held.toLocaleString('en')} of {tool.of.toLocaleString('en')} {tool.unit}
            </span>
          </p>
          <p className="small">
            <Inert text={tool.text} most={400} unfold />
          </p>
          <p className="quiet small">How it could be faked: {tool.evasions}</p>
        </div>
      ))}
      {sending.length > 0 && (
        <ul className="bullets small">
          {sending.map((trait) => (
            <li key={`${trait.aspect} ${trait.value}`}>
              <Inert text={trait.text} most={300} />
            </li>
          ))}
        </ul>
      )}
      {traits.length > 0 && (
        <ul className="bullets small">
          {traits.map((trait) => (
            <li key={trait}>
              <Inert text={trait} most={300} unfold />
            </li>
          ))}
        </ul>
      )}
    </Panel>
  );
}
