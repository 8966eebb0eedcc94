import { describe, expect, test } from 'vitest';
import type { AgentKind } from '../../contracts/agent.ts';
import { matchAgent, matchAgents } from '../../core/agents/match.ts';

const agent = (name: string, capabilities: string[], kind: AgentKind = 'llm') => ({
  name,
  kind,
  capabilities,
});

describe('matching by capabilities', () => {
  test('an agent needs every wanted tag', () => {
    const agents = [agent('a', ['review']), agent('b', ['review', 'python'])];
    expect(matchAgent(['review', 'python'], agents)?.name).toBe('b');
    expect(matchAgent(['review', 'cobol'], agents)).toBeNull();
  });

  test('the fewest surplus tags win, then the name', () => {
    const agents = [
      agent('wide', ['review', 'x', 'y']),
      agent('zoe', ['review']),
      agent('amy', ['review']),
      agent('double', ['review', 'REVIEW', 'x']),
    ];
    expect(matchAgents(['review'], agents).map(({ name }) => name)).toEqual(['amy', 'zoe', 'double', 'wide']);
  });

  test('tags are compared without regard to case and blanks', () => {
    expect(matchAgent([' Review '], [agent('a', ['review'])])?.name).toBe('a');
  });

  test('nothing is handed to a person or a shell because a tag fits', () => {
    const agents = [agent('human', ['review'], 'human'), agent('command', ['review'], 'command')];
    expect(matchAgent(['review'], agents)).toBeNull();
  });

  test('no wanted tags match nobody', () => {
    expect(matchAgent([], [agent('a', ['review'])])).toBeNull();
  });
});
