import { describeEngine } from '../engine.suite.ts';
import { startFixture } from './test-fixture.ts';

describeEngine('MySQL, connecting user well equipped', () => startFixture('mysql', 'equipped'));
describeEngine('MySQL, connecting user with few rights', () => startFixture('mysql', 'minimal'));
