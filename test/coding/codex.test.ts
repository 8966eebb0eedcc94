import { useAssistants } from './setup.ts';
import { suite } from './suite.ts';

suite('codex', useAssistants('codex'));
