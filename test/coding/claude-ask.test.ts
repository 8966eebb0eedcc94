import { askSuite } from './ask.ts';

askSuite('claude');
