import { useMediaQuery } from '@mantine/hooks';

/** Whether the screen is too narrow for pictures of tasks: they are listed there instead. */
export const usePhone = (): boolean =>
  useMediaQuery('(max-width: 48em)', false, { getInitialValueInEffect: false });
