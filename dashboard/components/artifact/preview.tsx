import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { visible } from '../../../contracts/hidden-text.ts';
import type { Schemas } from '../../data/api.ts';
import { useContent } from '../../data/artifacts.ts';
import { DiffLines } from '../diff-lines.tsx';
import { Reading } from '../reading.tsx';
import { LazyMarkdown } from '../text/lazy-markdown.tsx';
import { isPatch, readPatch } from '../text-diff.ts';
import classes from './artifact.module.css';

type Artifact = Schemas['Artifact'];

const TEXT = /^(text\/|application\/(json|jsonl|yaml|xml))/;
const JSON_TYPE = /^application\/json\b/;
const isMarkdown = (name: string, media_type: string): boolean =>
  /^text\/markdown\b/.test(media_type) || /\.(md|markdown)$/i.test(name);
const IMAGE = /^image\/(png|jpeg|gif|webp)/;
/** Bytes that are shown; the rest is for the download. */
const SHOWN = 200_000;

/** Whether an artifact is text. */
export const isText = ({ name, media_type }: Artifact): boolean =>
  TEXT.test(media_type) || isPatch(name, media_type);

/** Whether there is a preview of it. */
export const canShow = (artifact: Artifact): boolean => isText(artifact) || IMAGE.test(artifact.media_type);

/** An artifact to be looked at: a picture, a patch, or text. */
export function Preview({ job_id, artifact }: { job_id: string; artifact: Artifact }) {
  const content = useContent(job_id, artifact.artifact_id, true);
  return (
    <Reading of={content}>
      {(blob) =>
        IMAGE.test(artifact.media_type) ? (
          <Picture blob={blob} name={artifact.name} />
        ) : (
          <TextPreview blob={blob} artifact={artifact} />
        )
      }
    </Reading>
  );
}

function TextPreview({ blob, artifact }: { blob: Blob; artifact: Artifact }) {
  const { artifact_id, name, media_type } = artifact;
  const text = useQuery({
    queryKey: ['text', artifact_id],
    queryFn: () => blob.slice(0, SHOWN).text(),
  });
  return (
    <>
      <Reading of={text}>
        {(shown) =>
          isPatch(name, media_type) ? (
            <DiffLines lines={readPatch(shown)} label={name} />
          ) : isMarkdown(name, media_type) ? (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
            <section className={classes.written} tabIndex={0} aria-label={name}>
              <LazyMarkdown>{shown}</LazyMarkdown>
            </section>
          ) : (
            // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard
            <pre className={classes.text} tabIndex={0}>
              {visible(JSON_TYPE.test(media_type) ? indented(shown) : shown)}
            </pre>
          )
        }
      </Reading>
      {blob.size > SHOWN && (
        <Text c="dimmed">These are the first {SHOWN.toLocaleString('en')} bytes; save it to see all.</Text>
      )}
    </>
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

/** JSON as people read it; as it is where it was cut off or is none. */
function indented(json: string): string {
  try {
    return JSON.stringify(JSON.parse(json), null, 2);
  } catch {
    return json;
  }
}
