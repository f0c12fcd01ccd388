import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { baselineQuery } from '../../data/baseline.ts';
import { useSession } from '../../data/session.ts';
import { Page } from '../../shell/page.tsx';
import { Button } from '../../parts/button.tsx';
import { Empty, Failure, Loading } from '../../parts/standstill.tsx';
import { Learning } from './learning.tsx';
import { Review } from './review.tsx';
import { Versions } from './versions.tsx';
import './baseline.css';

/** What is approved, what waits for approval, and how it came. */
export default function Baseline() {
  const baseline = useQuery(baselineQuery);
  const { may } = useSession();
  const [learning, setLearning] = useState(false);
  const analyst = may('analyst');
  const data = baseline.data;
  return (
    <Page
      title="Baseline"
      lede="What is expected to be open. Every run is held against the version in force; what departs from it becomes a finding."
      actions={
        analyst && (
          <Button kind={data?.versions.length === 0 ? 'main' : 'plain'} onClick={() => setLearning(true)}>
            Learn from the runs
          </Button>
        )
      }
    >
      {baseline.isPending ? (
        <Loading what="the baseline" rows={8} />
      ) : baseline.isError ? (
        <Failure error={baseline.error} again={() => void baseline.refetch()} />
      ) : data === undefined || data.versions.length === 0 ? (
        <Empty title="Nothing is approved yet.">
          Learn from the runs that are there, look at what came of it, and approve the rest. Until then
          Tidemark compares each run with the one before.
        </Empty>
      ) : (
        <div className="baseline-columns">
          {data.inForce === null ? (
            <Empty title="No version is in force.">Put one in force: it is on the list of versions.</Empty>
          ) : (
            <Review inForce={data.inForce} may={analyst} />
          )}
          <Versions versions={data.versions} may={analyst} />
        </div>
      )}
      {learning && (
        <Learning like={data?.versions.find(({ inForce }) => inForce)} onClose={() => setLearning(false)} />
      )}
    </Page>
  );
}
