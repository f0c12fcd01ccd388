/** A number for people: at most two digits after the point, thousands apart; `-` for what is not known. */
export function decimals(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '-';
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  const [whole = '', fraction = ''] = value.toFixed(digits).split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  const kept = fraction.replace(/0+$/, '');
  return kept === '' ? grouped : `${grouped}.${kept}`;
}

/** ` (95.2 %)`, or nothing when there is nothing to be a share of. */
export function share(part: number, whole: number): string {
  return whole === 0 ? '' : ` (${decimals((100 * part) / whole)} %)`;
}

/** `45 s`, `12 min`, `3.5 h`, `2 days`; `-` for what is not known. */
export function duration(seconds: number | undefined): string {
  if (seconds === undefined) return '-';
  if (seconds < 120) return `${decimals(seconds)} s`;
  if (seconds < 7200) return `${decimals(seconds / 60)} min`;
  if (seconds < 172_800) return `${decimals(seconds / 3600)} h`;
  return `${decimals(seconds / 86_400)} days`;
}
