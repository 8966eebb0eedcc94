/** A line of the navigation. */
export interface NavigationItem {
  label: string;
  path: string;
}

/** What the navigation offers, in this order. A page that belongs to one job is reached from the job. */
export const NAVIGATION: readonly NavigationItem[] = [
  { label: 'Jobs', path: '/' },
  { label: 'Submit', path: '/ui/submit' },
  { label: 'Projects', path: '/ui/projects' },
  { label: 'Agents', path: '/ui/agents' },
  { label: 'Providers', path: '/ui/providers' },
  { label: 'Usage', path: '/ui/usage' },
  { label: 'Settings', path: '/ui/settings' },
];
