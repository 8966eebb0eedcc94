/** How notes leave this process, as texts. */
export interface NotesTransport {
  send(job_id: string, text: string): void;
  /** Somebody here began or ceased to listen to a job or to `*`. */
  wanted?(job_id: string, wanted: boolean): void;
  close(): Promise<void>;
}
