// What `tidemark diff A B` does, with the compiled code of the folder given first: for the bench, which
// measures whole processes. Exit status as the command: 0 equal, 1 different, 2 an error.
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';

const [dist, a, b] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(dist, path)).href);
const { diffFiles } = await load('assembly/diff-files.js');
const { renderDiffText } = await load('report/diff-text.js');
const { diff, verdict } = await diffFiles(a, b);
let text = '';
for (const lines of renderDiffText(diff)) {
  text += lines;
  if (text.length > 65_536) {
    process.stdout.write(text);
    text = '';
  }
}
process.stdout.write(text);
process.exitCode = verdict === 'equal' ? 0 : 1;
