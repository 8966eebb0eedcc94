import { Anchor } from '@mantine/core';
import { visibleName } from '../text/visible-name.ts';

/** An address that somebody else gave: a link where it leads to the web, and text where it would do anything else. */
export function WebLink({ url }: { url: string }) {
  if (!isWeb(url)) return <>{visibleName(url)}</>;
  return (
    <Anchor href={url} target="_blank" rel="noreferrer" size="sm" style={{ overflowWrap: 'anywhere' }}>
      {visibleName(url)}
    </Anchor>
  );
}

function isWeb(url: string): boolean {
  try {
    return /^https?:$/.test(new URL(url).protocol);
  } catch {
    return false;
  }
}
