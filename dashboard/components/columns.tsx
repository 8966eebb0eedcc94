import { Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import classes from './columns.module.css';

/** A wide column and, beside it where there is room, a narrow one that stays in sight. */
export function Columns({ children, side }: { children: ReactNode; side: ReactNode }) {
  return (
    <div className={classes.columns}>
      <div className={classes.main}>{children}</div>
      <Stack gap="sm" className={classes.side}>
        {side}
      </Stack>
    </div>
  );
}
