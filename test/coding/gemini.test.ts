import { useAssistants } from './setup.ts';
import { suite } from './suite.ts';

suite('gemini', useAssistants('gemini'));
