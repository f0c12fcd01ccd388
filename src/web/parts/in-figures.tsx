/** What a picture shows, as a table, for those who cannot see it and for those who want the figures. */
export function InFigures({
  caption,
  heads,
  rows,
}: {
  readonly caption: string;
  readonly heads: readonly string[];
  readonly rows: () => readonly (readonly React.ReactNode[])[];
}) {
  return (
    <details className="in-figures">
      <summary>In figures</summary>
      <div className="scroll-x" tabIndex={0} role="region" aria-label={caption}>
        <table className="plain-table">
          <caption className="sr">{caption}</caption>
          <thead>
            <tr>
              {heads.map((head) => (
                <th key={head} scope="col">
                  {head}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {rows().map(([first, ...rest], row) => (
              // oxlint-disable-next-line react/no-array-index-key
              <tr key={row}>
                <th scope="row">{first}</th>
                {rest.map((cell, column) => (
                  // oxlint-disable-next-line react/no-array-index-key
                  <td key={column}>{cell}</td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </details>
  );
}
