import { TextInput } from '@mantine/core';

interface Props {
  /** what is searched, for screen readers: `Search jobs` */
  label: string;
  placeholder: string;
  value: string;
  onValue(value: string): void;
}

/** The field over a list that narrows it to what holds the words. */
export function Search({ label, placeholder, value, onValue }: Props) {
  return (
    <TextInput
      placeholder={placeholder}
      aria-label={label}
      type="search"
      value={value}
      onChange={(event) => onValue(event.currentTarget.value)}
      flex="1 1 180px"
      maw={320}
    />
  );
}
