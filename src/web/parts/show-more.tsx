import { Button } from './button.tsx';

/** Asks for the next page of a list that grows where it stands; nothing when all of it is here. */
export function ShowMore({
  list: { hasNextPage, isFetchingNextPage, fetchNextPage },
  words = 'Show more',
}: {
  readonly list: {
    readonly hasNextPage: boolean;
    readonly isFetchingNextPage: boolean;
    readonly fetchNextPage: () => Promise<unknown>;
  };
  readonly words?: string;
}) {
  if (!hasNextPage) return undefined;
  return (
    <Button className="fit" disabled={isFetchingNextPage} onClick={() => void fetchNextPage()}>
      {isFetchingNextPage ? 'Loading …' : words}
    </Button>
  );
}
