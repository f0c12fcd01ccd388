import { Fragment, useState } from 'react';
import { clip, piecesOf, showControls } from '../../text/acting-characters.ts';
import './inert.css';

/**
 * Text that others may have written: banners, names, notes, file names. Never markup, never acting: control and
 * direction characters are drawn as marked escapes, the direction of a name does not leak into its neighbours, and
 * what is longer than `most` is cut, with a button that shows the rest (up to 20,000 characters) where `unfold` says.
 */
export function Inert({
  text,
  most = 300,
  unfold = false,
}: {
  readonly text: string;
  readonly most?: number;
  readonly unfold?: boolean;
}) {
  const [whole, setWhole] = useState(false);
  const cut = text.length > most;
  const shown = clip(text, whole ? 20_000 : most);
  return (
    <bdi className="inert">
      {piecesOf(shown).map((piece, index) =>
        piece.acting ? (
          // The pieces of a text have no identity but their place.
          // oxlint-disable-next-line react/no-array-index-key
          <span key={index} className="acting">
            {piece.text}
          </span>
        ) : (
          // oxlint-disable-next-line react/no-array-index-key
          <Fragment key={index}>{piece.text}</Fragment>
        ),
      )}
      {cut && unfold && (
        <button type="button" className="unfold" onClick={() => setWhole(!whole)}>
          {whole ? 'show less' : `show all ${text.length.toLocaleString('en')} characters`}
        </button>
      )}
    </bdi>
  );
}

/** The same as one string, for attributes and canvases (titles, labels), where nothing can be marked. */
export function inertString(text: string, most = 300): string {
  return showControls(clip(text, most));
}
