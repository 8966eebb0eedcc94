import { Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Reading } from '../../components/reading.tsx';
import type { Schemas } from '../../data/api.ts';
import { readContent, useContent } from '../../data/artifacts.ts';
import { useCommand } from '../../data/command.ts';
import classes from './results.module.css';

const TEXT = /^(text\/|application\/(json|yaml|xml))/;
const IMAGE = /^image\/(png|jpeg|gif|webp)/;
/** Bytes that are shown; the rest is for the download. */
const SHOWN = 200_000;

interface Props {
  job_id: string;
  artifact: Schemas['Artifact'];
}

/** An artifact: to be looked at, where it is text or a picture, and to be saved. */
export function ArtifactLine({ job_id, artifact }: Props) {
  const { artifact_id, name, media_type, size_bytes, task_id } = artifact;
  const [open, setOpen] = useState(false);
  const canShow = TEXT.test(media_type) || IMAGE.test(media_type);
  const save = useCommand({ send: async () => saveAs(await readContent(job_id, artifact_id), name) });
  return (
    <li>
      <b>{name}</b>{' '}
      <Text span c="dimmed">
        {task_id ?? 'the job'} · {media_type} · {size_bytes.toLocaleString('en')} bytes
      </Text>{' '}
      {canShow && (
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

function Preview({ job_id, artifact }: Props) {
  const content = useContent(job_id, artifact.artifact_id, true);
  return (
    <Reading of={content}>
      {(blob) =>
        IMAGE.test(artifact.media_type) ? (
          <Picture blob={blob} name={artifact.name} />
        ) : (
          <TextPreview blob={blob} artifact_id={artifact.artifact_id} />
        )
      }
    </Reading>
  );
}

function TextPreview({ blob, artifact_id }: { blob: Blob; artifact_id: string }) {
  const text = useQuery({
    queryKey: ['text', artifact_id],
    queryFn: () => blob.slice(0, SHOWN).text(),
  });
  return (
    <Reading of={text}>
      {(shown) => (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
        <pre className={classes.text} tabIndex={0}>
          {shown}
        </pre>
      )}
    </Reading>
  );
}

function Picture({ blob, name }: { blob: Blob; name: string }) {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(blob);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return <img className={classes.picture} src={url} alt={name} />;
}

function saveAs(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
