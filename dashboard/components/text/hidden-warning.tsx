import { Alert, Text } from '@mantine/core';
import { hiddenWarnings } from '../../../contracts/hidden-text.ts';

/** By value: megabytes of a plan are not looked through at every key that is pressed. Values are never changed. */
const known = new WeakMap<object, string[]>();

function warningsOf(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return hiddenWarnings(value);
  const warnings = known.get(value) ?? hiddenWarnings(value);
  known.set(value, warnings);
  return warnings;
}

/** Warns where texts of some values are not what they look like; nothing is shown where all are. */
export function HiddenWarning({ of }: { of: unknown[] }) {
  const warnings = [...new Set(of.flatMap(warningsOf))];
  if (warnings.length === 0) return null;
  return (
    <Alert color="red" variant="outline" p="xs" mb="xs" role="alert">
      {warnings.map((warning) => (
        <Text key={warning}>{warning}</Text>
      ))}
    </Alert>
  );
}
