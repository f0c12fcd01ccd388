/** A line of ArcSight's Common Event Format, taken apart. */
export interface CefLine {
  /** `CEF:0`, vendor, product, version, signature, name, severity. */
  readonly header: readonly string[];
  readonly extension: ReadonlyMap<string, string>;
}

/** Splits as ArcSight's guide says: at `|` that no `\` escapes, seven times; then pairs, whose values end before ` key=`. */
export function readCef(line: string): CefLine {
  const header: string[] = [];
  let rest = line;
  for (let field = 0; field < 7; field += 1) {
    const end = /^(?:[^\\|]|\\.)*/u.exec(rest)![0].length;
    header.push(rest.slice(0, end).replaceAll(/\\(.)/gu, '$1'));
    rest = rest.slice(end + 1);
  }
  const extension = new Map<string, string>();
  for (const [, key, value] of rest.matchAll(/(?:^| )(\w+)=((?:[^\\=]|\\.)*)(?= \w+=|$)/gu))
    extension.set(
      key!,
      value!.replaceAll(/\\(.)/gu, (_, one: string) => (one === 'n' ? '\n' : one)),
    );
  return { header, extension };
}
