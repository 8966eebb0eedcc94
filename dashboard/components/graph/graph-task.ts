/** A task as the picture needs it. */
export interface GraphTask {
  task_id: string;
  depends_on: readonly string[];
}
