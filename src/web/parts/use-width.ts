import { useLayoutEffect, useRef, useState } from 'react';

/** The width of an element in CSS pixels, as it changes: pictures are drawn for it, not scaled to it. */
export function useWidth<E extends HTMLElement>(): readonly [React.RefObject<E | null>, number] {
  const element = useRef<E>(null);
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const target = element.current;
    if (target === null) return undefined;
    setWidth(target.clientWidth);
    const watcher = new ResizeObserver(() => setWidth(target.clientWidth));
    watcher.observe(target);
    return () => watcher.disconnect();
  }, []);
  return [element, width];
}
