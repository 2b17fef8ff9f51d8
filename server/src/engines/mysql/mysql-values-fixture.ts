import type { ExactValue } from '../engine.suite.ts';

function value(expression: string, text: string | null, type: string, shape: ExactValue['shape']): ExactValue {
  return { expression, text, type, shape };
}

/** Values that lose something in careless hands, as both servers print them. */
export const commonValues: readonly ExactValue[] = [
  value('cast(18446744073709551615 as unsigned)', '18446744073709551615', 'bigint unsigned', 'number'),
  value('-9223372036854775808', '-9223372036854775808', 'bigint', 'number'),
  value(
    'cast(1234567890123456789012345678901234567890.1234567890123456789 as decimal(65,19))',
    '1234567890123456789012345678901234567890.1234567890123456789',
    'decimal',
    'number',
  ),
  value('cast(1.10 as decimal(10,2))', '1.10', 'decimal', 'number'),
  value('1e300', '1e300', 'double', 'number'),
  value('0.1e0 + 0.2e0', '0.30000000000000004', 'double', 'number'),
  value("cast('838:59:59' as time)", '838:59:59', 'time', 'time'),
  value("cast('-100:00:00.5' as time(6))", '-100:00:00.500000', 'time', 'time'),
  value("cast('9999-12-31 23:59:59.999999' as datetime(6))", '9999-12-31 23:59:59.999999', 'datetime', 'time'),
  value("cast('1000-01-01' as date)", '1000-01-01', 'date', 'time'),
  value("x''", '0x', 'varbinary', 'binary'),
  value("x'00ff10'", '0x00ff10', 'varbinary', 'binary'),
  value("cast('a' as binary(3))", '0x610000', 'varbinary', 'binary'),
  value("'tab\\tnew\\nnul\\0 🙂 ‏'", 'tab\tnew\nnul\0 🙂 ‏', 'varchar', 'text'),
  value("''", '', 'varchar', 'text'),
];

const point = '0x000000000101000000000000000000f03f0000000000000040';

export const mySqlValues: readonly ExactValue[] = [
  value('point(1, 2)', point, 'geometry', 'binary'),
  value(`cast('{"b": 1, "a": 10000000000000000000000001.5}' as json)`, '{"a": 1e25, "b": 1}', 'json', 'json'),
  value('cast(1.5 as float)', '1.5', 'float', 'number'),
];

export const mariaDbValues: readonly ExactValue[] = [
  value('point(1, 2)', point, 'point', 'binary'),
  value("cast('123e4567-e89b-12d3-a456-426655440000' as uuid)", '123e4567-e89b-12d3-a456-426655440000', 'uuid', 'text'),
  value("cast('::ffff:192.0.2.1' as inet6)", '::ffff:192.0.2.1', 'inet6', 'text'),
  value(
    'json_compact(\'{"a": 10000000000000000000000001.50}\')',
    '{"a":10000000000000000000000001.50}',
    'json',
    'json',
  ),
];
