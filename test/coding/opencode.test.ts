import { useAssistants } from './setup.ts';
import { suite } from './suite.ts';

suite('opencode', useAssistants('opencode'));
