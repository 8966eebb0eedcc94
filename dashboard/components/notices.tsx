import { Alert, Text } from '@mantine/core';
import { visible } from '../../contracts/hidden-text.ts';

interface Props {
  /** why it failed, or what it waits for */
  why: string | null;
  needs_review: boolean;
  /** somebody wanted it so */
  meant?: boolean;
  warnings: readonly string[];
}

/** What is wrong with a job as a whole, and what it warns of; nothing is shown when nothing is. */
export function Notices({ why, needs_review, meant = false, warnings }: Props) {
  return (
    <>
      {why !== null && (
        <Alert
          color={meant ? 'gray' : 'red'}
          variant="outline"
          p="xs"
          mb="xs"
          title={needs_review ? 'Needs review: nothing can continue until you decide' : undefined}
        >
          {visible(why)}
        </Alert>
      )}
      {warnings.length > 0 && (
        <Alert color="yellow" variant="outline" p="xs" mb="xs">
          {[...new Set(warnings)].map((warning) => (
            <Text key={warning}>{visible(warning)}</Text>
          ))}
        </Alert>
      )}
    </>
  );
}
