/** Whether a path segment needs matching rather than naming. */
export function isPattern(segment: string): boolean {
  return /[*?[]/.test(segment);
}

/**
 * Whether a file name matches a shell pattern: `*`, `?`, `[abc]`, `[a-z]`, `[!abc]`. As in a shell, a
 * name that begins with a dot is matched only by a pattern that does. Takes time proportional to
 * pattern times name: it backtracks to the last `*` only, which is enough.
 */
export function matchesSegment(pattern: string, name: string): boolean {
  if (name.startsWith('.') && !pattern.startsWith('.')) return false;
  let p = 0;
  let n = 0;
  let starP = -1;
  let starN = 0;
  while (n < name.length) {
    const step = p < pattern.length && pattern[p] !== '*' ? matchOne(pattern, p, name[n]!) : 0;
    if (step > 0) {
      p += step;
      n += 1;
    } else if (p < pattern.length && pattern[p] === '*') {
      starP = p;
      starN = n;
      p += 1;
    } else if (starP >= 0) {
      starN += 1;
      n = starN;
      p = starP + 1;
    } else return false;
  }
  while (pattern[p] === '*') p += 1;
  return p === pattern.length;
}

/** How many pattern characters match this one character; 0 when they do not. */
function matchOne(pattern: string, at: number, character: string): number {
  const head = pattern[at];
  if (head === '?') return 1;
  if (head !== '[') return head === character ? 1 : 0;
  const close = pattern.indexOf(']', at + 2);
  // An unclosed bracket is an ordinary character, as in a shell.
  if (close < 0) return character === '[' ? 1 : 0;
  let set = pattern.slice(at + 1, close);
  const negated = set.startsWith('!') || set.startsWith('^');
  if (negated) set = set.slice(1);
  let found = false;
  for (let index = 0; index < set.length; index += 1) {
    if (set[index + 1] === '-' && index + 2 < set.length) {
      found ||= character >= set[index]! && character <= set[index + 2]!;
      index += 2;
    } else found ||= character === set[index];
  }
  return found === negated ? 0 : close - at + 1;
}
