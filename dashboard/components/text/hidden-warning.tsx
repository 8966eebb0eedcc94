import { Alert, Text } from '@mantine/core';
import { hiddenWarnings } from '../../../contracts/hidden-text.ts';

/** Warns where texts of a value are not what they look like; nothing is shown where all are. */
export function HiddenWarning({ of }: { of: unknown }) {
  const warnings = hiddenWarnings(of);
  if (warnings.length === 0) return null;
  return (
    <Alert color="red" variant="outline" p="xs" mb="xs" role="alert">
      {warnings.map((warning) => (
        <Text key={warning}>{warning}</Text>
      ))}
    </Alert>
  );
}
