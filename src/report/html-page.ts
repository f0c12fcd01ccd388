import { createHash } from 'node:crypto';
import { html, trustedHtml, type SafeHtml } from './escape-html.ts';

/** The parts of a report page. */
export interface PageParts {
  readonly title: SafeHtml;
  /** What kind of report, and when it was made. */
  readonly kind: SafeHtml;
  /** Where the keyboard may jump to at once: an id. */
  readonly skip: { readonly to: string; readonly text: string };
  /** The style sheet: our own text, never scanned. */
  readonly style: string;
  readonly main: SafeHtml;
  readonly foot: SafeHtml;
}

/**
 * One HTML file that needs nothing else: no script, no request, styles and pictures inside. A strict content security
 * policy allows exactly its own style sheet, so that even markup that slipped through could not act.
 */
export function htmlPage(parts: PageParts): string {
  // One piece, because the hash in the policy covers every byte between the tags.
  const style = trustedHtml(`<style>${parts.style}</style>`);
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policyFor(parts.style)}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="referrer" content="no-referrer" />
        <meta name="color-scheme" content="light dark" />
        <title>${parts.title}</title>
        <link rel="icon" href="${ICON}" />
        ${style}
      </head>
      <body>
        <a class="skip" href="#${parts.skip.to}">${parts.skip.text}</a>
        <div class="page">
          <header class="top">
            <p class="brand">${BRAND_MARK} Tidemark</p>
            <p class="quiet small">${parts.kind}</p>
          </header>
          <main>${parts.main}</main>
          ${parts.foot}
        </div>
      </body>
    </html> `.markup;
}

function policyFor(style: string): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
}

const ICON = `data:image/svg+xml,${encodeURIComponent(
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><path d="M2 9c3.3-4 6.7-4 10 0s6.7 4 10 0M2 16c3.3-4 6.7-4 10 0s6.7 4 10 0" fill="none" stroke="#0a7f94" stroke-width="3" stroke-linecap="round"/></svg>',
)}`;

const BRAND_MARK = trustedHtml(
  '<svg viewBox="0 0 24 24" aria-hidden="true"><path d="M2 9c3.3-4 6.7-4 10 0s6.7 4 10 0"/><path d="M2 16c3.3-4 6.7-4 10 0s6.7 4 10 0"/></svg>',
);
