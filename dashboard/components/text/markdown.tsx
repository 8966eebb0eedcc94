import ReactMarkdown from 'react-markdown';
import remarkGfm from 'remark-gfm';
import { visible } from '../../../contracts/hidden-text.ts';
import classes from './text.module.css';

const PLUGINS = [remarkGfm];

/** A text in Markdown as GitHub writes it: tables, task lists and bare links too. What hides in it is shown. */
export default function Markdown({ children }: { children: string }) {
  return (
    <div className={classes.markdown}>
      <ReactMarkdown remarkPlugins={PLUGINS} components={{ table: ScrollingTable }}>
        {visible(children)}
      </ReactMarkdown>
    </div>
  );
}

/** A wide table scrolls; the page does not. */
function ScrollingTable({ children }: { children?: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
    <section className={classes.scrolling} tabIndex={0} aria-label="Table">
      <table>{children}</table>
    </section>
  );
}
