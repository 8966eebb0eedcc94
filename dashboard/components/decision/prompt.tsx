import { Text } from '@mantine/core';

/** What is asked: its first line, and the rest quietly, cut after two lines; the whole when it is pointed at. */
export function Prompt({ text }: { text: string }) {
  const [first = '', ...rest] = text.split('\n').filter((line) => line.trim() !== '');
  return (
    <>
      {first}
      {rest.length > 0 && (
        <Text component="span" display="block" c="dimmed" lineClamp={2} title={text}>
          {rest.join('\n')}
        </Text>
      )}
    </>
  );
}
