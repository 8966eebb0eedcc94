import { Alert, Button, Group } from '@mantine/core';
import { Component, type ReactNode } from 'react';

interface State {
  error: Error | null;
}

/** Keeps the failure of one page from taking the others along. A new build leaves old pages without their parts: a reload gets them. */
export class PageBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null };

  static getDerivedStateFromError(error: unknown): State {
    return { error: error instanceof Error ? error : new Error(String(error)) };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <Alert color="red" variant="outline" title="This page can't be shown" role="alert">
        <Group justify="space-between">
          {error.message}
          <Button onClick={() => window.location.reload()}>Reload</Button>
        </Group>
      </Alert>
    );
  }
}
