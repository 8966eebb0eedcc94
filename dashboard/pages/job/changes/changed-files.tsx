import { Button, Group, SegmentedControl, Text } from '@mantine/core';
import { useMemo, useState } from 'react';
import { type DiffLayout, FileDiff } from '../../../components/diff/file-diff.tsx';
import { count, words } from '../../../components/format.ts';
import { MoreRows, useMoreRows } from '../../../components/more-rows.tsx';
import { Reading } from '../../../components/reading.tsx';
import { Size } from '../../../components/repository/size.tsx';
import { visibleName } from '../../../components/text/visible-name.ts';
import { usePhone } from '../../../components/use-phone.ts';
import type { Schemas } from '../../../data/api.ts';
import { readPatch, type Shown, useDiffStat, usePatch } from '../../../data/changes.ts';
import { useCommand } from '../../../data/command.ts';
import { saveAs } from '../../../data/download.ts';
import { partsByFile } from '../../../data/unified-diff.ts';
import classes from './changes.module.css';

/** The files that a job or a task changed, each to be opened. */
export function ChangedFiles({ shown }: { shown: Shown }) {
  const stat = useDiffStat(shown);
  return (
    <Reading of={stat}>
      {(data) => <Files shown={shown} stat={data} isOld={stat.isPlaceholderData} />}
    </Reading>
  );
}

interface Props {
  shown: Shown;
  stat: Schemas['DiffStat'];
  /** there is a newer commit, whose files are being read */
  isOld: boolean;
}

function Files({ shown, stat, isOld }: Props) {
  const { job_id, task_id } = shown;
  const [open, setOpen] = useState<ReadonlySet<string>>(new Set());
  const phone = usePhone();
  const [layout, setLayout] = useState<DiffLayout>('unified');
  const patch = usePatch(shown, open.size > 0 && !isOld);
  const parts = useMemo(
    () => (patch.data === undefined ? undefined : partsByFile(patch.data, stat.files)),
    [patch.data, stat.files],
  );
  const rows = useMoreRows(stat.files, 100);
  const save = useCommand({
    send: async () => saveAs(await readPatch(job_id, task_id), `${task_id ?? job_id}.patch`),
  });
  const toggle = (path: string) =>
    setOpen((now) => {
      const next = new Set(now);
      if (!next.delete(path)) next.add(path);
      return next;
    });
  return (
    <section aria-label="Changed files">
      <Group gap="sm" mb={6}>
        <Text fw={550}>{count(stat.files_changed, 'file')}</Text>
        <Size {...stat} />
        {!phone && (
          <SegmentedControl
            aria-label="Layout of differences"
            data={LAYOUTS}
            value={layout}
            onChange={(value) => setLayout(value as DiffLayout)}
          />
        )}
        <Button variant="default" size="compact-xs" loading={save.busy} onClick={() => save.run()}>
          Save the patch
        </Button>
      </Group>
      {stat.truncated && (
        <Text c="dimmed">Only the first {stat.files.length.toLocaleString('en')} files are listed.</Text>
      )}
      <ul className={classes.list}>
        {rows.shown.map((file, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: names that are not UTF-8 may look the same
          <li key={`${index} ${file.path}`}>
            <button
              type="button"
              className={classes.file}
              aria-expanded={open.has(file.path)}
              onClick={() => toggle(file.path)}
            >
              <span className={classes.path}>{nameOf(file)}</span>
              <span className={classes.quiet}>{file.status === 'modified' ? '' : words(file.status)}</span>
              <Size {...file} />
            </button>
            {open.has(file.path) && (
              <div className={classes.open}>
                <Reading of={{ data: parts, error: patch.error }}>
                  {(all) => <Lines parts={all[index] ?? NONE} layout={phone ? 'unified' : layout} />}
                </Reading>
              </div>
            )}
          </li>
        ))}
      </ul>
      <MoreRows of={rows} />
    </section>
  );
}

const NONE: readonly string[] = [];
const LAYOUTS: { value: DiffLayout; label: string }[] = [
  { value: 'unified', label: 'Unified' },
  { value: 'split', label: 'Side by side' },
];

function Lines({ parts, layout }: { parts: readonly string[]; layout: DiffLayout }) {
  if (parts.length === 0)
    return (
      <Text c="dimmed">
        Its lines are not shown: the whole change is too large. Fetch the branch to see them.
      </Text>
    );
  return <FileDiff parts={parts} layout={layout} />;
}

const nameOf = ({ path, old_path }: Schemas['DiffFile']): string =>
  old_path === undefined ? visibleName(path) : `${visibleName(old_path)} → ${visibleName(path)}`;
