import { describeEngine } from '../engine.suite.ts';
import { startFixture } from './mysql-fixture.ts';

describeEngine('MySQL, connecting user well equipped', () => startFixture('mysql', 'equipped'));
describeEngine('MySQL, connecting user with few rights', () => startFixture('mysql', 'minimal'));
