import { describeEngine } from '../engine.suite.ts';
import { startPostgresFixture } from './postgres-fixture.ts';

describeEngine('PostgreSQL 15', () => startPostgresFixture(15));
describeEngine('PostgreSQL 18', () => startPostgresFixture(18));
