/** Signs that end a simple command. */
const ENDS = new Set(['|', '||', '&&', ';', '&', '(', ')', '<(', '$(', '\n']);
/** Signs whose next word is a file. */
const REDIRECTIONS = new Set(['>', '>>', '<', '2>', '2>>', '&>', '>&', '2>&1']);

/**
 * The arguments of every call of `tidemark` in shell text, as far as a shell would see them: quotes are taken off, comments,
 * redirections and here-documents left out; what a variable or a substitution would become stays as it is written. No shell: enough of one for the commands
 * of a manual.
 */
export function tidemarkCallsIn(text: string): readonly (readonly string[])[] {
  const calls: string[][] = [];
  let command: string[] = [];
  const finish = (): void => {
    const words = command.filter((word, index) => !(/^[A-Za-z_]\w*=/.test(word) && index === 0));
    while (words[0] === 'npx' || words[0] === 'sudo' || words[0] === 'exec' || words[0] === 'if')
      words.shift();
    if (/(?:^|\/)tidemark$/.test(words[0] ?? '')) calls.push(words.slice(1));
    command = [];
  };
  let skipsNext = false;
  for (const word of signsAndWords(withoutHereDocuments(text))) {
    if (ENDS.has(word)) finish();
    else if (skipsNext) skipsNext = false;
    else if (REDIRECTIONS.has(word)) skipsNext = word !== '2>&1';
    else command.push(word.startsWith('\0') ? word.slice(1) : word);
  }
  finish();
  return calls;
}

function withoutHereDocuments(text: string): string {
  return text.replaceAll(/<<-?\s*'?(\w+)'?([^\n]*)\n[\s\S]*?\n\1(?=\n|$)/g, '$2');
}

/** Words and signs in order; a word that had quotes begins with NUL, so that it is never taken for a sign. */
function* signsAndWords(text: string): Generator<string> {
  const pattern =
    /(?<blank>(?:[ \t]|\\\n)+)|(?<comment>(?<=^|\s)#[^\n]*)|(?<sign>\n|2>&1|&>|>&|2>>|2>|>>|>|\|\||&&|\$\(|<\(|[|;&()<])|(?<word>(?:"(?:[^"\\]|\\.)*"|'[^']*'|\\.|[^\s|;&()<>"'\\])+)/gmsu;
  for (const { groups } of text.matchAll(pattern)) {
    if (groups?.['sign'] !== undefined) yield groups['sign'];
    else if (groups?.['word'] !== undefined) {
      const { word } = groups;
      const bare = word.replaceAll(
        /"((?:[^"\\]|\\.)*)"|'([^']*)'/g,
        (_, double?: string, single?: string) => double ?? single ?? '',
      );
      yield bare === word ? bare : `\0${bare}`;
    }
  }
}
