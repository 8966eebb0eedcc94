import type { ToolRisk } from '../../../contracts/tool.ts';

/** A server of `mcp_servers:`, started as a program or reached over streamable HTTP. */
export type McpServerConfig = McpServerPolicy &
  (
    | {
        command: string;
        args?: readonly string[];
        /** all that it gets besides PATH, HOME and the like; values may be `${secret:NAME}` */
        env?: Readonly<Record<string, string>>;
      }
    | {
        url: string;
        /** values may be `${secret:NAME}` */
        headers?: Readonly<Record<string, string>>;
      }
  );

interface McpServerPolicy {
  /** of all its tools; by default what their annotations say, else medium */
  risk?: ToolRisk;
  /** names of its tools that are used, as the server calls them; by default all */
  tools?: readonly string[];
}
