import { killSuite } from './kill.ts';

killSuite('gemini');
