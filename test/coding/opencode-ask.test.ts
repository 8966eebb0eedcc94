import { askSuite } from './ask.ts';

askSuite('opencode');
