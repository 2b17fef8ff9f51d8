import type { ColumnType } from 'kysely';

/** `bigint` and `numeric` arrive as text from the driver; JSON is written as text and read as a value. */

export type Json = ColumnType<unknown, string, string>;
export type GeneratedJson = ColumnType<unknown, string | undefined, string>;
export type Instant = ColumnType<Date, Date | string, Date | string>;
export type NullableInstant = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
export type GeneratedInstant = ColumnType<Date, Date | string | undefined, Date | string>;
