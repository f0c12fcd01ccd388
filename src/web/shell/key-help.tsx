import { useState } from 'react';
import { STATE_MEANS, StateBadge, type FindingState } from '../parts/badge.tsx';
import { setSingleKeys, singleKeys, useKeyGroups } from '../parts/keys.ts';
import { Modal } from '../parts/modal.tsx';
import './key-help.css';

function Keys({ keys }: { readonly keys: string }) {
  return keys.split(', ').map((each, index) => (
    <span key={each}>
      {index > 0 && <span className="quiet"> or </span>}
      {each.split(' ').map((key) => (
        <kbd key={key}>{key.replace('Arrow', '')}</kbd>
      ))}
    </span>
  ));
}

/** The keys that work here and now, and the words of the lifecycle. */
export function KeyHelp({ onClose }: { readonly onClose: () => void }) {
  const [single, setSingle] = useState(singleKeys());
  const groups = useKeyGroups();
  return (
    <Modal title="Keys and words" onClose={onClose} wide>
      <div className="key-help">
        {groups.map(({ heading, bindings }) => (
          <section key={heading}>
            <h3>{heading}</h3>
            <dl>
              {bindings.map(({ keys, words }) => (
                <div key={keys}>
                  <dt>
                    <Keys keys={keys} />
                  </dt>
                  <dd>{words}</dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
        <section>
          <h3>Where a finding stands</h3>
          <dl>
            {(Object.keys(STATE_MEANS) as FindingState[]).map((state) => (
              <div key={state}>
                <dt>
                  <StateBadge state={state} />
                </dt>
                <dd>{STATE_MEANS[state]}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
      <label className="cluster">
        <input
          type="checkbox"
          checked={single}
          onChange={(event) => {
            setSingle(event.target.checked);
            setSingleKeys(event.target.checked);
          }}
        />
        Single letters are commands
      </label>
    </Modal>
  );
}
