import { describe, expect, it } from 'vitest';
import { parseGrant, parseSettings } from './held-grants.ts';

describe('reading SHOW GRANTS', () => {
  it('reads the privileges of a table, whatever its name', () => {
    expect(parseGrant('GRANT SELECT, INSERT ON `hr``x`.`odd . ON TO name` TO `tg_x`@`%`')).toEqual({
      level: 'table',
      database: 'hr`x',
      table: 'odd . ON TO name',
      privileges: ['SELECT', 'INSERT'],
      hasColumns: false,
      canGrant: false,
      isRevoke: false,
      holder: 'tg_x',
      text: 'SELECT, INSERT ON `hr``x`.`odd . ON TO name`',
    });
  });

  it('reads a whole database with its escapes', () => {
    expect(parseGrant('GRANT SELECT ON `hr\\_prod`.* TO `tg_x`@`%` WITH GRANT OPTION')).toMatchObject({
      level: 'database',
      database: 'hr\\_prod',
      canGrant: true,
    });
  });

  it('sees columns, and not as privileges', () => {
    expect(parseGrant('GRANT SELECT (`a`, `b`), CREATE VIEW ON `hr`.`t` TO `tg_x`@`%`')).toMatchObject({
      privileges: ['SELECT', 'CREATE VIEW'],
      hasColumns: true,
    });
  });

  it.each([
    ['GRANT PROCESS, CREATE USER ON *.* TO `x`@`%`', 'global'],
    ['GRANT EXECUTE ON PROCEDURE `hr`.`raise` TO `x`@`%`', 'other'],
    ['GRANT `reader`@`%`,`other`@`%` TO `x`@`%`', 'role'],
    ['GRANT `reader` TO `x`@`%` WITH ADMIN OPTION', 'role'],
    ["GRANT PROXY ON ''@'%' TO `x`@`%` WITH GRANT OPTION", 'proxy'],
  ])('tells what %s is', (line, level) => {
    expect(parseGrant(line)?.level).toBe(level);
  });

  it('marks what MySQL took away from a wider privilege', () => {
    expect(parseGrant('REVOKE SELECT ON `mysql`.* FROM `x`@`%`')).toMatchObject({ isRevoke: true, holder: 'x' });
  });

  it('passes over lines that grant nothing', () => {
    expect(parseGrant('GRANT USAGE ON *.* TO `x`@`%`')).toBeNull();
    expect(parseGrant('SET DEFAULT ROLE `reader` FOR `x`@`%`')).toBeNull();
  });

  it('never repeats the hash that MariaDB prints behind the holder', () => {
    const grant = parseGrant("GRANT PROCESS ON *.* TO `x`@`%` IDENTIFIED BY PASSWORD '*2B60'");
    expect(JSON.stringify(grant)).not.toContain('2B60');
  });
});

describe('reading SHOW CREATE USER', () => {
  it('reads lock, limit and TLS, and nothing out of the password', () => {
    const line =
      "CREATE USER `x`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 'ACCOUNT LOCK \\' MAX_USER_CONNECTIONS 9' " +
      'REQUIRE NONE WITH MAX_USER_CONNECTIONS 2 PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK';
    expect(parseSettings(line)).toEqual({
      ...{ isLocked: false, connectionLimit: 2, requiresTls: false },
      plugin: 'caching_sha2_password',
    });
  });

  it('reads what MariaDB leaves out as absent', () => {
    expect(parseSettings("CREATE USER `x`@`%` IDENTIFIED BY PASSWORD '*2B' REQUIRE SSL ACCOUNT LOCK")).toEqual({
      isLocked: true,
      connectionLimit: 0,
      requiresTls: true,
      plugin: null,
    });
  });
});
