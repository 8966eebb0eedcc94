import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import type { Schemas } from '../../data/api.ts';
import { readContent } from '../../data/artifacts.ts';
import { useCommand } from '../../data/command.ts';
import { saveAs } from '../../data/download.ts';
import { canShow, Preview } from './preview.tsx';

interface Props {
  job_id: string;
  artifact: Schemas['Artifact'];
}

/** An artifact: to be looked at, where it is text or a picture, and to be saved. */
export function ArtifactLine({ job_id, artifact }: Props) {
  const { artifact_id, name, media_type, size_bytes, task_id } = artifact;
  const [open, setOpen] = useState(false);
  const save = useCommand({ send: async () => saveAs(await readContent(job_id, artifact_id), name) });
  return (
    <li>
      <b>{name}</b>{' '}
      <Text span c="dimmed">
        {task_id ?? 'the job'} · {media_type} · {size_bytes.toLocaleString('en')} bytes
      </Text>{' '}
      {canShow(artifact) && (
        <Button
          size="compact-xs"
          variant="default"
          aria-expanded={open}
          aria-label={`${open ? 'Hide' : 'Show'} ${name}`}
          onClick={() => setOpen(!open)}
        >
          {open ? 'Hide' : 'Show'}
        </Button>
      )}{' '}
      <Button
        size="compact-xs"
        variant="default"
        loading={save.busy}
        aria-label={`Save ${name}`}
        onClick={() => save.run()}
      >
        Save
      </Button>
      {open && <Preview job_id={job_id} artifact={artifact} />}
    </li>
  );
}
