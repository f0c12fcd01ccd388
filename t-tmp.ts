import { diffFiles } from './src/assembly/diff-files.ts';
import { renderDiffText } from './src/report/diff-text.ts';
const t=performance.now();
const r=await diffFiles(process.argv[2]!,process.argv[3]!, process.argv[4]==='slow'?{verbose:true}:{});
const t2=performance.now();
let s=''; if (process.argv[4]==='slow') r.diff={...r.diff,hosts:r.diff.hosts.filter(h=>h.changes.length>0)} as any;
for (const x of renderDiffText(r.diff)) s+=x;
process.stdout.write(s);
console.error(r.verdict,r.diff.hosts.length,(t2-t).toFixed(0),(performance.now()-t2).toFixed(0), 'rss', Math.round(process.resourceUsage().maxRSS/1e3));
