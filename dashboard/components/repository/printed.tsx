import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { visible } from '../../../contracts/hidden-text.ts';
import { screenText } from '../../../contracts/screen-text.ts';
import { usePrinted } from '../../data/changes.ts';
import { Reading } from '../reading.tsx';
import classes from '../text/text.module.css';

interface Props {
  job_id: string;
  sha256: string;
  /** what it is: `what the check printed` */
  what: string;
}

/** A text that an event names, read once it is asked for. */
export function Printed({ job_id, sha256, what }: Props) {
  const [open, setOpen] = useState(false);
  const text = usePrinted(job_id, sha256, open);
  return (
    <>
      <Button size="compact-xs" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
        {`${open ? 'Hide' : 'Show'} ${what}`}
      </Button>
      {open && (
        <div style={{ flex: '1 0 100%', minWidth: 0 }}>
          <Reading of={text}>
            {(read) => (
              <>
                {read.cut && <Text c="dimmed">Only the end of it is shown.</Text>}
                {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by keyboard */}
                <pre className={classes.printed} tabIndex={0}>
                  {visible(screenText(read.text))}
                </pre>
              </>
            )}
          </Reading>
        </div>
      )}
    </>
  );
}
