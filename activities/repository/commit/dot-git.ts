// Code points that HFS+ leaves out when it compares names.
const HFS_IGNORED = /[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g;

/**
 * Whether some file system would take a name for `.git`, as git itself refuses them everywhere: other case, the short
 * name and the spellings of NTFS, letters that HFS+ does not see.
 */
export function isDotGit(name: string): boolean {
  return name
    .replace(HFS_IGNORED, '')
    .split('\\')
    .some((part) => /^(\.git|git~1)[ .]*(:.*)?$/is.test(part));
}
