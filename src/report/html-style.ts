/**
 * The style sheet of the HTML report. Colours reach WCAG AA (4.5:1 for text) on their grounds in both schemes, which
 * test/browser/report.test.ts checks with axe. No style attributes anywhere: the policy of the page allows this sheet
 * by its hash and nothing else.
 */
export const REPORT_STYLE = `
:root {
  color-scheme: light dark;
  --paper: #f5f3ee; --surface: #fffefc; --sunken: #efece4; --ink: #16242c; --muted: #51616a; --line: #dcd7ca;
  --accent: #0a5b6a; --on-tone: #ffffff;
  --critical: #97112e; --high: #ae3905; --medium: #775700; --low: #1d6747; --info: #345778;
  --sans: system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  --mono: ui-monospace, "SF Mono", "Cascadia Mono", Menlo, Consolas, "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #0d1519; --surface: #142028; --sunken: #0f1a20; --ink: #e6edf0; --muted: #9fb2bb; --line: #283a44;
    --accent: #74cbd9; --on-tone: #0e161a;
    --critical: #ff93a3; --high: #ffa873; --medium: #e7c35d; --low: #7bcfa9; --info: #9fc6ef;
  }
}
.critical { --tone: var(--critical); } .high { --tone: var(--high); } .medium { --tone: var(--medium); }
.low { --tone: var(--low); } .info { --tone: var(--info); }
* { box-sizing: border-box; }
html { font-size: clamp(16px, 9.6px + .35vw, 24px); -webkit-text-size-adjust: 100%; text-size-adjust: 100%; scroll-behavior: smooth; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 1rem/1.55 var(--sans); overflow-wrap: anywhere; }
h1, h2, h3, h4, p, ul, ol, dl, dd, figure { margin: 0; padding: 0; }
h1, h2, h3, h4 { line-height: 1.2; text-wrap: balance; }
code { font: .875em/1.45 var(--mono); }
a { color: var(--accent); text-underline-offset: .18em; }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
.page { max-width: 72rem; margin: 0 auto; padding: 0 clamp(1rem, 3.5vw, 2.5rem); }
.skip { position: absolute; left: 1rem; top: -6rem; background: var(--ink); color: var(--paper); padding: .6rem 1rem; border-radius: 0 0 8px 8px; z-index: 1; }
.skip:focus { top: 0; }
.quiet { color: var(--muted); }
.small { font-size: .875rem; }
.bare { list-style: none; }

.top { display: flex; justify-content: space-between; align-items: center; gap: 1rem; padding-block: 1.1rem; flex-wrap: wrap; }
.brand { display: flex; align-items: center; gap: .55rem; font-weight: 700; letter-spacing: -.01em; }
.brand svg { width: 1.6rem; height: 1.6rem; }
.brand path { fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linecap: round; }

.verdict { background: var(--surface); border: 1px solid var(--line); border-top: 6px solid var(--tone); border-radius: 14px; padding: clamp(1.25rem, 3vw, 2.25rem); }
.verdict-grid { display: grid; grid-template-columns: minmax(11rem, 15rem) 1fr; gap: clamp(1.25rem, 4vw, 3rem); align-items: center; }
.verdict h1 { font-size: clamp(1.9rem, 1.2rem + 2.6vw, 2.9rem); letter-spacing: -.025em; color: var(--tone); }
.lede { font-size: 1.2rem; margin-top: .4rem; text-wrap: pretty; }
.gauge { width: 100%; max-width: 15rem; display: block; margin-inline: auto; }
.gauge .track, .meter .track { stroke: var(--line); fill: none; }
.gauge .value { stroke: var(--tone); fill: none; }
.gauge text { fill: var(--ink); font-family: var(--sans); text-anchor: middle; font-variant-numeric: tabular-nums; }
.gauge .of { fill: var(--muted); }
.notice { margin-top: .9rem; padding: .6rem .85rem; border-left: 4px solid var(--medium); background: var(--sunken); border-radius: 0 8px 8px 0; }
.confidence { margin-top: 1.1rem; }
.confidence-line { display: flex; align-items: center; gap: .75rem; flex-wrap: wrap; }
.meter { width: 9rem; height: .55rem; display: block; }
.meter .track { fill: var(--line); stroke: none; }
.meter .value { fill: var(--accent); }
.confidence > .small { margin-top: .5rem; }
.reasons { margin-top: .15rem; padding-left: 1.1rem; color: var(--muted); font-size: .9375rem; }

.facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 7.5rem), 1fr)); gap: 1rem 1.25rem; margin-top: clamp(1.25rem, 3vw, 2rem); padding-top: 1.25rem; border-top: 1px solid var(--line); }
.facts dt { color: var(--muted); font-size: .8125rem; }
.facts dd { font-weight: 600; font-variant-numeric: tabular-nums; }
.facts .wide { grid-column: span 2; }

.toc { margin-block: 1.25rem 0; }
.toc ul { list-style: none; display: flex; flex-wrap: wrap; gap: .4rem .5rem; }
.toc a { display: inline-flex; align-items: center; gap: .45rem; min-height: 2.25rem; padding: .2rem .8rem; border: 1px solid var(--line); border-radius: 999px; background: var(--surface); color: var(--ink); text-decoration: none; font-size: .9rem; }
.toc a:hover { border-color: var(--accent); color: var(--accent); }
.count { color: var(--muted); font-variant-numeric: tabular-nums; }

section { margin-top: clamp(2rem, 4vw, 3rem); scroll-margin-top: 1rem; }
section > h2, .pair h2 { font-size: 1.35rem; letter-spacing: -.015em; margin-bottom: .9rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 24rem), 1fr)); gap: 0 clamp(1.5rem, 4vw, 3rem); }
.panel { background: var(--surface); border: 1px solid var(--line); border-radius: 12px; padding: 1.1rem 1.25rem; }
.empty { color: var(--muted); background: var(--surface); border: 1px dashed var(--line); border-radius: 12px; padding: 1.1rem 1.25rem; }
.more { margin-top: .75rem; color: var(--muted); }

.pill { display: inline-block; background: var(--tone); color: var(--on-tone); font-size: .75rem; font-weight: 700; letter-spacing: .04em; line-height: 1; padding: .35rem .6rem; border-radius: 999px; white-space: nowrap; }
.cards { list-style: none; display: grid; gap: .9rem; }
.card { background: var(--surface); border: 1px solid var(--line); border-left: 5px solid var(--tone); border-radius: 12px; padding: 1.1rem 1.25rem; break-inside: avoid; }
.card-head { display: flex; gap: .75rem; align-items: flex-start; }
.card-head .pill { margin-top: .15rem; }
.card h3 { font-size: 1.1rem; }
.card h4 { font-size: .875rem; margin: 1rem 0 .35rem; color: var(--muted); }
.subject { margin-top: .45rem; display: flex; flex-wrap: wrap; gap: .3rem .5rem; align-items: baseline; }
.chip { background: var(--sunken); border: 1px solid var(--line); border-radius: 6px; padding: .05rem .4rem; }
.observed { list-style: none; margin-top: .6rem; display: grid; gap: .6rem; max-width: 62rem; }
.unusual { color: var(--muted); }
.evidence { list-style: none; display: grid; gap: .45rem; }
.evidence li { background: var(--sunken); border-radius: 8px; padding: .5rem .7rem; }
.evidence code { white-space: pre-wrap; display: block; }
.steps { padding-left: 1.2rem; }
.meta { margin-top: 1rem; color: var(--muted); font-size: .875rem; }
details > summary { cursor: pointer; color: var(--accent); font-weight: 600; font-size: .9375rem; margin-top: .75rem; padding-block: .2rem; width: fit-content; }
details[open] > summary { margin-bottom: .35rem; }

.changes { list-style: none; }
.changes li { display: grid; grid-template-columns: 1.6rem 1fr; gap: .5rem; padding-block: .5rem; border-top: 1px solid var(--line); }
.changes li:first-child { border-top: 0; padding-top: 0; }
.changes li:last-child { padding-bottom: 0; }
.mark { font: 700 1rem/1.55 var(--mono); text-align: center; color: var(--muted); }
.mark.more-open { color: var(--high); } .mark.less-open { color: var(--low); }
.tag { font-size: .8125rem; color: var(--muted); border: 1px solid var(--line); border-radius: 6px; padding: 0 .35rem; white-space: nowrap; }

.plain { display: grid; gap: .6rem; padding-left: 1.1rem; }
.checklist { list-style: none; display: grid; gap: .35rem; }
.checklist label { display: grid; grid-template-columns: 1.35rem 1fr; gap: .6rem; padding: .3rem 0; cursor: pointer; }
.checklist input { width: 1.15rem; height: 1.15rem; margin: .2rem 0 0; accent-color: var(--accent); }
.checklist input:checked + span { color: var(--muted); text-decoration: line-through; }

.spread { margin-bottom: 1rem; }
.spread svg { width: 100%; height: .9rem; display: block; border-radius: 999px; background: var(--line); }
.spread rect { fill: var(--tone); }
.legend { list-style: none; display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; margin-top: .55rem; font-size: .9rem; font-variant-numeric: tabular-nums; }
.legend li::before { content: ""; display: inline-block; width: .7rem; height: .7rem; border-radius: 3px; background: var(--tone); margin-right: .4rem; }

table { width: 100%; border-collapse: collapse; }
th { text-align: left; font-size: .8125rem; font-weight: 600; color: var(--muted); padding: 0 .75rem .5rem 0; vertical-align: bottom; }
td, tbody th { padding: .6rem .75rem .6rem 0; border-top: 1px solid var(--line); vertical-align: top; font-size: 1rem; color: var(--ink); font-weight: 400; }
.num { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.hosts .num { padding-right: 1.5rem; }
.hosts tbody th code { font-weight: 600; white-space: nowrap; }
.hosts .v6 code { white-space: normal; }
.names { display: block; color: var(--muted); font-size: .875rem; }
.risk-cell .pill { white-space: nowrap; }
.risk-cell details { white-space: normal; }
.reasons, .risk-cell { overflow-wrap: anywhere; }
.bars { table-layout: fixed; }
.bars th:first-child { width: 42%; } .bars .num { width: 4.5rem; padding-right: 1rem; }
.bars td, .bars th { border: 0; padding-block: .28rem; }
.bars td, .bars tbody th { font-size: .9375rem; }
.bars .bar { padding-right: 0; vertical-align: middle; }
.bars svg { width: 100%; height: .8rem; display: block; }
.bars rect { fill: var(--accent); }
.trend svg { width: 100%; max-width: 30rem; height: auto; display: block; overflow: visible; }
.trend figcaption { margin-top: .6rem; }
.trend .grid { stroke: var(--line); stroke-width: 1; }
.trend .line { fill: none; stroke: var(--accent); stroke-width: 2.2; stroke-linejoin: round; stroke-linecap: round; }
.trend .dot { fill: var(--accent); }
.trend text { fill: var(--muted); font: 12px var(--sans); font-variant-numeric: tabular-nums; }
.trend .now { fill: var(--ink); font-weight: 700; font-size: 13px; }

.foot { margin-top: clamp(2.5rem, 5vw, 4rem); padding-block: 1.5rem 3rem; border-top: 1px solid var(--line); color: var(--muted); font-size: .875rem; }
.foot h2 { font-size: 1rem; color: var(--ink); margin-bottom: .75rem; }
.foot dl { display: grid; grid-template-columns: max-content 1fr; gap: .3rem 1.25rem; }
.foot dd { color: var(--ink); }

@media (max-width: 44rem) {
  .verdict-grid { grid-template-columns: 1fr; }
  .gauge { max-width: 12.5rem; margin-inline: 0; }
  .facts { grid-template-columns: 1fr 1fr; }
  .card-head { flex-direction: column; gap: .5rem; }
  .hosts thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .hosts, .hosts tbody { display: block; }
  .hosts tr { display: grid; grid-template-columns: minmax(0, 1fr) fit-content(60%); gap: .3rem 1rem; padding-block: .8rem; border-top: 1px solid var(--line); }
  .hosts tbody tr:first-child { border-top: 0; padding-top: 0; }
  .hosts td, .hosts tbody th { border: 0; padding: 0; text-align: left; }
  .hosts tbody th code { white-space: normal; }
  .hosts td.num { padding: 0; }
  .hosts td.num + td.num { text-align: right; }
  .hosts td.risk-cell { text-align: right; }
  .hosts td.risk-cell details { text-align: left; }
  .hosts td[data-label] { color: var(--muted); font-size: .875rem; }
  .hosts td[data-label]::before { content: attr(data-label) " "; }
  .hosts td.all { grid-column: 1 / -1; }
  .foot dl { grid-template-columns: 1fr; gap: 0; }
  .foot dd { margin-bottom: .6rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print {
  :root { --paper: #fff; --surface: #fff; --sunken: #f4f4f4; --ink: #000; --muted: #444; --line: #bbb; --accent: #0a5b6a; --on-tone: #fff;
    --critical: #97112e; --high: #ae3905; --medium: #775700; --low: #1d6747; --info: #345778; }
  html { font-size: 10.5pt; }
  .skip, .toc { display: none; }
  .page { max-width: none; padding: 0; }
  .verdict, .panel, tr, .changes li { break-inside: avoid; }
  h2, h3 { break-after: avoid; }
  .pill, .gauge, .spread, .bars, .legend li::before { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  details::details-content { content-visibility: visible; block-size: auto; }
}
`;

/** What a report about telemetry adds: episodes, their pictures, the steps of a way in. */
export const EPISODE_STYLE = `
.overview { margin-bottom: 1.25rem; }
.overview td.num, .overview th.num { padding-right: 1.25rem; }
.overview th a { color: inherit; font-weight: 600; }
.episode { scroll-margin-top: 1rem; }
.chip.true-source { border-color: var(--high); color: var(--high); font-weight: 700; }
.subject .tag { white-space: normal; }
.told { display: grid; gap: .55rem; margin-top: .9rem; }
.told > div { display: grid; grid-template-columns: 5rem 1fr; gap: .2rem .75rem; }
.told dt { color: var(--muted); font-size: .875rem; line-height: 1.7; }
.told dd > p + p { margin-top: .3rem; }
.exposed { font-weight: 600; }
.way { list-style: none; counter-reset: step; display: grid; gap: .1rem; }
.way li { counter-increment: step; position: relative; padding: 0 0 .7rem 2.4rem; }
.way li::before { content: counter(step); position: absolute; left: 0; top: 0; width: 1.55rem; height: 1.55rem; border-radius: 50%; display: grid; place-items: center; font-size: .8125rem; font-weight: 700; background: var(--surface); border: 2px solid var(--tone); color: var(--tone); z-index: 1; }
.way li::after { content: ""; position: absolute; left: .72rem; top: 1.5rem; bottom: 0; border-left: 2px solid var(--line); }
.way li:last-child::after { display: none; }
.way .exploit-attempt::before, .way .credential-burst::before, .way .session::before, .way .outbound::before { background: var(--tone); color: var(--on-tone); }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 19rem), 1fr)); gap: 1.1rem 1.75rem; margin-top: 1.25rem; }
.pictures figcaption { font-size: .875rem; font-weight: 600; margin-bottom: .35rem; }
.plot { width: 100%; max-width: 36rem; height: auto; display: block; }
.plot text { fill: var(--muted); font: 11px var(--sans); font-variant-numeric: tabular-nums; }
.plot .axis-title { font-size: 10.5px; }
.plot .grid { stroke: var(--line); stroke-width: .6; }
.plot .frame { fill: none; stroke: var(--muted); stroke-width: .9; }
.plot .line-alarm { stroke: var(--critical); stroke-width: 1.1; stroke-dasharray: 3 2.5; }
.plot .line-step { stroke: var(--muted); stroke-width: .9; }
.plot .line-label { font-weight: 700; fill: var(--ink); }
.plot .line-label.alarm { fill: var(--critical); }
.mark-answered { fill: var(--high); stroke: var(--surface); stroke-width: .8; }
.mark-half-open { fill: var(--surface); stroke: var(--high); stroke-width: 2; }
.mark-refused { fill: none; stroke: var(--info); stroke-width: 1.3; stroke-linecap: round; }
.mark-unreachable { fill: none; stroke: var(--medium); stroke-width: 1.3; stroke-linejoin: round; }
.mark-silent { fill: none; stroke: var(--muted); stroke-width: 1.5; }
.mark-unknown { fill: none; stroke: var(--muted); stroke-width: 1; }
.mark-backscatter { fill: none; stroke: var(--low); stroke-width: 1.2; }
.shapes { list-style: none; display: flex; flex-wrap: wrap; gap: .2rem 1.2rem; margin-top: .7rem; font-size: .875rem; font-variant-numeric: tabular-nums; }
.shapes li { display: flex; gap: .45rem; align-items: center; }
.shapes .alarm { color: var(--critical); }
.shapes svg { width: 1.05rem; height: 1.05rem; flex: none; }
.bar-toReview { fill: var(--high); } .bar-authorised { fill: var(--surface); stroke: var(--low); stroke-width: 1.6; } .bar-noise { fill: var(--line); stroke: var(--muted); stroke-width: .5; }
.terms { margin-top: .5rem; max-width: 40rem; }
.terms td, .terms tbody th, .terms tfoot th { padding-block: .35rem; font-size: .9375rem; }
.terms tfoot th { color: var(--ink); font-weight: 700; } .terms tfoot td { font-weight: 700; border-top: 2px solid var(--ink); } .terms tfoot th { border-top: 2px solid var(--ink); }
.ports { grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr)); }
.ports li { display: flex; flex-wrap: wrap; gap: .1rem .6rem; align-items: baseline; }
.ports code { display: inline; }
.bars + .bars { margin-top: 1.1rem; }
@media (max-width: 44rem) {
  .episodes thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  .episodes, .episodes tbody { display: block; }
  .episodes tr { display: flex; flex-wrap: wrap; gap: .35rem 1rem; align-items: center; padding-block: .8rem; border-top: 1px solid var(--line); }
  .episodes tbody tr:first-child { border-top: 0; padding-top: 0; }
  .episodes td, .episodes tbody th { border: 0; padding: 0; }
  .episodes tbody th { flex: 1 0 100%; }
  .overview .episodes td.num { padding: 0; color: var(--muted); font-size: .875rem; }
  .episodes td[data-label]::before { content: attr(data-label) " "; }
  .told > div { grid-template-columns: 1fr; }
  .told dt { line-height: 1.3; }
  .plot text, .plot .axis-title { font-size: 12.5px; }
  .terms th, .terms td { padding-right: .5rem; }
}
@media print { .pictures, .way li { break-inside: avoid; } .plot, .shapes svg, .way li::before { -webkit-print-color-adjust: exact; print-color-adjust: exact; } }
`;
