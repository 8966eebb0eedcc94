import audit from '../../../examples/audit.yaml?raw';
import release from '../../../examples/release.yaml?raw';
import research from '../../../examples/research.yaml?raw';

/** Specs to begin with: the examples of the project. */
export const TEMPLATES: Readonly<Record<string, { label: string; text: string }>> = {
  empty: { label: 'Empty', text: 'title: ""\ndescription: ""\n' },
  research: { label: 'Research, planned by a model', text: research },
  release: { label: 'Release notes: people and services', text: release },
  audit: { label: 'Audit of a folder: commands', text: audit },
};
