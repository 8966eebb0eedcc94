import type { Schemas } from '../../data/api.ts';
import type { Fact } from '../facts.tsx';
import { shortSha, visibleName } from '../text/visible-name.ts';
import classes from './repository.module.css';
import { WebLink } from './web-link.tsx';

/** Where a repository is, and the commit that its job starts from. */
export const placeFacts = ({
  url,
  base_branch,
  base_sha,
}: NonNullable<Schemas['Job']['repository']>): Fact[] => [
  ['Repository', <WebLink key="url" url={url} />],
  [
    'Base',
    base_sha === null ? (
      'being fetched'
    ) : (
      <span key="base" className={classes.line}>
        {visibleName(base_branch ?? '')} at <code>{shortSha(base_sha)}</code>
      </span>
    ),
  ],
];
