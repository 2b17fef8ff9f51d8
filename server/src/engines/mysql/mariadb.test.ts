import { describeEngine } from '../engine.suite.ts';
import { startFixture } from './mysql-fixture.ts';

describeEngine('MariaDB, connecting user well equipped', () => startFixture('mariadb', 'equipped'));
describeEngine('MariaDB, connecting user with few rights', () => startFixture('mariadb', 'modest'));
