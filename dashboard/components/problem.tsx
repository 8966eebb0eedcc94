import { Alert, List } from '@mantine/core';
import { ApiError } from '../../client/errors.ts';

/** What the service refused, and why: with every field that is wrong. */
export function Problem({ error, title }: { error: Error; title?: string }) {
  const fields = error instanceof ApiError ? error.fields : [];
  const message =
    error instanceof ApiError ? error.message : `The service does not answer (${error.message}).`;
  return (
    <Alert color="red" variant="outline" title={title} p="xs" role="alert">
      {message}
      {fields.length > 0 && (
        <List size="sm" mt={4}>
          {fields.map(({ path, issue }) => (
            <List.Item key={`${path} ${issue}`}>
              {path === '' ? '' : <code>{path}</code>} {issue}
            </List.Item>
          ))}
        </List>
      )}
    </Alert>
  );
}
