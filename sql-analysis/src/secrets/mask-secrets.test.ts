import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Dialect } from '../token.ts';
import { maskMessage, maskSecrets } from './mask-secrets.ts';

const secret = 'hunter2-Xyz';

const masked: readonly (readonly [Dialect, string, string])[] = [
  ['postgresql', `alter role dev password 'hunter2-Xyz'`, `alter role dev password '***'`],
  [
    'postgresql',
    `CREATE USER dev WITH ENCRYPTED PASSWORD E'hunter2-Xyz' VALID UNTIL '2027-01-01'`,
    `CREATE USER dev WITH ENCRYPTED PASSWORD '***' VALID UNTIL '2027-01-01'`,
  ],
  [
    'postgresql',
    `alter role dev pAssWord /* here: */\n--\n  'hunter2-' \n 'Xyz'`,
    `alter role dev pAssWord /* here: */\n--\n  '***' \n '***'`,
  ],
  ['postgresql', 'alter role dev password $a$hunter2-Xyz$a$', `alter role dev password '***'`],
  ['postgresql', `alter role dev password U&'hunter2\\002DXyz'`, `alter role dev password '***'`],
  [
    'postgresql',
    `create user mapping for dev server far options (user 'dev', password 'hunter2-Xyz')`,
    `create user mapping for dev server far options (user 'dev', password '***')`,
  ],
  [
    'postgresql',
    `create subscription s connection 'host=a user=b password=hunter2-Xyz dbname=c' publication p`,
    `create subscription s connection 'host=a user=b password=*** dbname=c' publication p`,
  ],
  [
    'postgresql',
    `select * from dblink('postgresql://dev:hunter2-Xyz@db/hr', 'select 1')`,
    `select * from dblink('postgresql://dev:***@db/hr', 'select 1')`,
  ],
  [
    'postgresql',
    `do $$ begin execute 'alter role dev password ''hunter2-Xyz'''; end $$`,
    `do $$ begin execute 'alter role dev password ***'; end $$`,
  ],
  [
    'postgresql',
    `do $$ begin alter role dev password 'hunter2-Xyz'; end $$`,
    `do $$ begin alter role dev password '***'; end $$`,
  ],
  [
    'postgresql',
    `update person set name = 'Ada', password = 'hunter2-Xyz' where id = '7'`,
    `update person set name = 'Ada', password = '***' where id = '7'`,
  ],
  ['postgresql', `select login("password" => 'hunter2-Xyz')`, `select login("password" => '***')`],
  [
    'postgresql',
    `select 1 from person where password_hash = crypt('hunter2-Xyz', salt)`,
    `select 1 from person where password_hash = crypt('***', salt)`,
  ],
  ['postgresql', `select 1 -- password: hunter2-Xyz`, 'select 1 -- password: ***'],
  ['postgresql', `alter role dev password 'hunter2-Xyz`, 'alter role dev password ***'],
  ['postgresql', `alter role dev password 'a\\'hunter2-Xyz\\'c'`, 'alter role dev password ***'],
  ['mysql', `create user dev identified by 'hunter2-Xyz'`, `create user dev identified by '***'`],
  [
    'mysql',
    `CREATE USER 'a'@'h' IDENTIFIED BY 'hunter2-Xyz', 'b'@'h' IDENTIFIED BY "hunter2-Xyz" REQUIRE SUBJECT '/CN=b'`,
    `CREATE USER 'a'@'h' IDENTIFIED BY '***', 'b'@'h' IDENTIFIED BY '***' REQUIRE SUBJECT '/CN=b'`,
  ],
  [
    'mysql',
    `alter user dev identified with 'caching_sha2_password' by 'hunter2-Xyz' replace 'hunter2-Xyz'`,
    `alter user dev identified with 'caching_sha2_password' by '***' replace '***'`,
  ],
  [
    'mysql',
    'alter user dev identified with mysql_native_password as 0x68756E746572',
    `alter user dev identified with mysql_native_password as '***'`,
  ],
  ['mysql', `alter user dev /*!50000 identified by 'hunter2-Xyz' */`, `alter user dev /*!50000 identified by '***' */`],
  [
    'mysql',
    `alter user dev /*! identified by 'hunter2-Xyz*/hunter2-Xyz' */`,
    `alter user dev /*! identified by '***' */`,
  ],
  ['mysql', `alter user dev identified/**/by#\n'hunter2\\'-Xyz'`, `alter user dev identified/**/by#\n'***'`],
  ['mysql', `set password for 'dev'@'%' = 'hunter2-Xyz'`, `set password for 'dev'@'%' = '***'`],
  ['mysql', `set password = password('hunter2-Xyz')`, `set password = password('***')`],
  ['mysql', `set @password := 'hunter2-Xyz'`, `set @password := '***'`],
  [
    'mysql',
    `change replication source to source_host = 'a', source_password = 'hunter2-Xyz'`,
    `change replication source to source_host = 'a', source_password = '***'`,
  ],
  ['mysql', `select aes_decrypt(note, 'hunter2-Xyz') from employee`, `select aes_decrypt(note, '***') from employee`],
  ['mysql', `create user dev identified by _utf8'hunter2-Xyz'`, `create user dev identified by _utf8'***'`],
  [
    'mariadb',
    `create user dev identified via ed25519 using password('hunter2-Xyz') or unix_socket`,
    `create user dev identified via ed25519 using password('***') or unix_socket`,
  ],
  [
    'mariadb',
    `alter user dev /*M!100100 identified by 'hunter2-Xyz' */`,
    `alter user dev /*M!100100 identified by '***' */`,
  ],
  [
    'mariadb',
    `create server s options (user 'a', password 'hunter2-Xyz')`,
    `create server s options (user 'a', password '***')`,
  ],
];

describe('secrets in statements', () => {
  test.each(masked)('%s: %s', (dialect, text, expected) => {
    const found = maskSecrets(dialect, text);
    expect(found.text).toBe(expected);
    expect(found.text).not.toContain(secret);
  });

  test.each([
    ['postgresql', `select * from employee where name = 'Ada' and password_changed_at > '2026-01-01'`],
    ['postgresql', `select 'a', password from person where id = '7'`],
    ['postgresql', `alter role dev password null valid until '2027-01-01'`],
    ['mysql', `create user 'dev'@'%' account lock comment 'no password here'`],
    ['mysql', `select * from token_use where day = '2026-01-01'`],
  ] as const)('%s: leaves alone: %s', (dialect, text) => {
    expect(maskSecrets(dialect, text)).toEqual({ text, secrets: [] });
  });

  test('whatever stands around it, a password does not stay', () => {
    const blank = fc.constantFrom(' ', '\n', '\t', '/* x */', ' /**/ ', '\r\n', " /* it's */ ");
    const name = fc.constantFrom('dev', '"a ""b"', 'tide');
    const quote = fc.constantFrom(
      (text: string) => `'${text}'`,
      (text: string) => `E'${text}'`,
      (text: string) => `$q$${text}$q$`,
    );
    fc.assert(
      fc.property(
        name,
        blank,
        blank,
        quote,
        fc.constantFrom('password', 'PASSWORD', 'Password'),
        (who, one, two, quoted, word) => {
          const text = `alter${one}role${two}${who} with${one}login${two}${word}${one}${quoted(secret)}${two}`;
          expect(maskSecrets('postgresql', text).text).not.toContain(secret);
        },
      ),
    );
  });

  test('any text at all is masked without failing', () => {
    fc.assert(
      fc.property(fc.constantFrom<Dialect>('postgresql', 'mysql'), fc.string({ unit: 'grapheme' }), (dialect, text) => {
        maskSecrets(dialect, `password ${text}`);
      }),
    );
  });

  test('a megabyte of secret words is read once', () => {
    const text = `select '${'password '.repeat(100_000)}'`;
    expect(maskSecrets('mysql', text).text).toHaveLength(text.length);
  });
});

describe('secrets in messages that quote statements', () => {
  const statement = (text: string) => maskSecrets('mysql', text);

  test.each([
    [
      `alter user dev idntified by password 'hunter2-Xyz'`,
      `syntax error near ''hunter2-X' at line 1`,
      `syntax error near '***' at line 1`,
    ],
    [`set password = 'hunter2-Xyz'`, `Invalid value hunter2-Xyz for dev`, 'Invalid value *** for dev'],
    [`set password = 'it''s'`, `Invalid value it's for dev`, 'Invalid value *** for dev'],
    [`set password = 'ab'`, `A bad cab: 'ab'`, `A bad cab: '***'`],
    ['select 1', 'could not connect: host=a password=hunter2-Xyz', 'could not connect: host=a password=***'],
  ])('%s', (text, message, expected) => {
    expect(maskMessage(message, statement(text))).toBe(expected);
  });
});
