import { lazy, Suspense } from 'react';
import { visible } from '../../../contracts/hidden-text.ts';
import classes from './text.module.css';

const Markdown = lazy(() => import('./markdown.tsx'));

/** A text in Markdown, on pages that can be read before what draws it is there; until then as it was written. */
export function LazyMarkdown({ children }: { children: string }) {
  return (
    <Suspense fallback={<div className={classes.plain}>{visible(children)}</div>}>
      <Markdown>{children}</Markdown>
    </Suspense>
  );
}
