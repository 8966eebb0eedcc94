import { askSuite } from './ask.ts';

askSuite('gemini');
