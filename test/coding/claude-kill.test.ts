import { killSuite } from './kill.ts';

killSuite('claude');
