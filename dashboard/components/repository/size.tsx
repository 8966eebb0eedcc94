import classes from './repository.module.css';

/** Lines that came and went, by sign and by colour; null: a binary file. */
export function Size({ insertions, deletions }: { insertions: number | null; deletions: number | null }) {
  if (insertions === null || deletions === null) return <span className={classes.binary}>binary</span>;
  return (
    <span className={classes.size}>
      <span data-kind="added">+{insertions.toLocaleString('en')}</span>{' '}
      <span data-kind="removed">−{deletions.toLocaleString('en')}</span>
    </span>
  );
}
