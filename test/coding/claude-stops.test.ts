import { stopSuite } from './stops.ts';

stopSuite('claude');
