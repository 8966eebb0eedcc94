/** A pull request, or what a host calls so. */
export interface KnownRequest {
  number: number;
  /** of its page */
  url: string;
  open: boolean;
  /** of its branch, as far as the host knows */
  head_sha: string | null;
}

/** What a request is to be. */
export interface WantedRequest {
  title: string;
  /** Markdown */
  body: string;
  branch: string;
  /** the branch that it is to be merged into */
  base: string;
  head_sha: string;
}

/** The requests for one branch at one host of repositories. Each call throws HostingError. */
export interface Hosting {
  /** from this branch of this repository into that base, newest first */
  list(): Promise<KnownRequest[]>;
  create(): Promise<KnownRequest>;
  /** gives the request this title and this text */
  update(number: number): Promise<KnownRequest>;
}

/** A call of a hosting API that failed; the message says what to do. */
export class HostingError extends Error {
  override readonly name = 'HostingError';
  /** of HTTP; null: there was no answer */
  readonly status: number | null;
  readonly retryable: boolean;
  constructor(message: string, status: number | null, retryable: boolean) {
    super(message);
    this.status = status;
    this.retryable = retryable;
  }
}
