import { useVirtualizer } from '@tanstack/react-virtual';
import { type ReactNode, useEffect, useRef } from 'react';
import classes from './virtual-rows.module.css';

interface Props<T> {
  items: readonly T[];
  keyOf(item: T): string | number;
  children(item: T): ReactNode;
  /** pixels, roughly */
  rowHeight: number;
  label: string;
  /** whether the end stays in sight as items come, unless somebody has scrolled up */
  atEnd?: boolean;
}

/** A long list of which only what is in sight is drawn. */
export function VirtualRows<T>({ items, keyOf, children, rowHeight, label, atEnd = false }: Props<T>) {
  const frame = useRef<HTMLDivElement>(null);
  const pinned = useRef(true);
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => frame.current,
    estimateSize: () => rowHeight,
    getItemKey: (index) => keyOf(items[index]!),
    overscan: 12,
  });
  const { length } = items;
  useEffect(() => {
    if (atEnd && pinned.current && length > 0) rows.scrollToIndex(length - 1, { align: 'end' });
  }, [atEnd, length, rows]);
  return (
    <section
      ref={frame}
      className={classes.frame}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
      tabIndex={0}
      aria-label={label}
      onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) => {
        pinned.current = scrollHeight - scrollTop - clientHeight < 2 * rowHeight;
      }}
    >
      <ul className={classes.rows} style={{ height: rows.getTotalSize() }}>
        {rows.getVirtualItems().map(({ index, key, start }) => (
          <li
            key={key}
            data-index={index}
            ref={rows.measureElement}
            className={classes.row}
            aria-setsize={length}
            aria-posinset={index + 1}
            style={{ transform: `translateY(${start}px)` }}
          >
            {children(items[index]!)}
          </li>
        ))}
      </ul>
    </section>
  );
}
