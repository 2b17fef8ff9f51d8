import type { Client } from 'pg';
import type { ResultColumn } from '../engine.ts';

export interface TypeName {
  readonly name: string;
  readonly shape: ResultColumn['shape'];
}

/** Types whose numbers are fixed (`pg_type.dat`), by what a grid makes of them. */
// biome-ignore format: a table of numbers and names, one a line would hide its shape
const fixed: Readonly<Record<ResultColumn['shape'], Readonly<Record<number, string>>>> = {
  boolean: { 16: 'bool' },
  binary: { 17: 'bytea' },
  number: { 20: 'int8', 21: 'int2', 23: 'int4', 26: 'oid', 700: 'float4', 701: 'float8', 1700: 'numeric' },
  json: { 114: 'json', 3802: 'jsonb' },
  time: { 1082: 'date', 1083: 'time', 1114: 'timestamp', 1184: 'timestamptz', 1186: 'interval', 1266: 'timetz' },
  text: {
    18: 'char', 19: 'name', 22: 'int2vector', 24: 'regproc', 25: 'text', 27: 'tid', 28: 'xid', 29: 'cid', 30: 'oidvector',
    142: 'xml', 143: '_xml', 194: 'pg_node_tree', 199: '_json', 600: 'point', 601: 'lseg', 602: 'path', 603: 'box',
    604: 'polygon', 628: 'line', 629: '_line', 650: 'cidr', 651: '_cidr', 705: 'unknown', 718: 'circle', 719: '_circle',
    774: 'macaddr8', 775: '_macaddr8', 790: 'money', 791: '_money', 829: 'macaddr', 869: 'inet', 1000: '_bool',
    1001: '_bytea', 1002: '_char', 1003: '_name', 1005: '_int2', 1007: '_int4', 1009: '_text', 1014: '_bpchar',
    1015: '_varchar', 1016: '_int8', 1017: '_point', 1021: '_float4', 1022: '_float8', 1028: '_oid', 1033: 'aclitem',
    1034: '_aclitem', 1040: '_macaddr', 1041: '_inet', 1042: 'bpchar', 1043: 'varchar', 1115: '_timestamp',
    1182: '_date', 1183: '_time', 1185: '_timestamptz', 1187: '_interval', 1231: '_numeric', 1270: '_timetz',
    1560: 'bit', 1561: '_bit', 1562: 'varbit', 1563: '_varbit', 1790: 'refcursor', 2202: 'regprocedure',
    2203: 'regoper', 2204: 'regoperator', 2205: 'regclass', 2206: 'regtype', 2249: 'record', 2275: 'cstring',
    2278: 'void', 2287: '_record', 2950: 'uuid', 2951: '_uuid', 2970: 'txid_snapshot', 3220: 'pg_lsn',
    3614: 'tsvector', 3615: 'tsquery', 3642: 'gtsvector', 3643: '_tsvector', 3645: '_tsquery', 3734: 'regconfig',
    3769: 'regdictionary', 3807: '_jsonb', 3904: 'int4range', 3905: '_int4range', 3906: 'numrange',
    3907: '_numrange', 3908: 'tsrange', 3909: '_tsrange', 3910: 'tstzrange', 3911: '_tstzrange', 3912: 'daterange',
    3913: '_daterange', 3926: 'int8range', 3927: '_int8range', 4072: 'jsonpath', 4073: '_jsonpath',
    4089: 'regnamespace', 4096: 'regrole', 4191: 'regcollation', 4451: 'int4multirange', 4532: 'nummultirange',
    4533: 'tsmultirange', 4534: 'tstzmultirange', 4535: 'datemultirange', 4536: 'int8multirange', 5038: 'pg_snapshot',
    5069: 'xid8',
  },
};

const fixedTypes: ReadonlyMap<number, TypeName> = new Map(
  (Object.keys(fixed) as ResultColumn['shape'][]).flatMap((shape) =>
    Object.entries(fixed[shape]).map(([oid, name]): [number, TypeName] => [Number(oid), { name, shape }]),
  ),
);

/** Enums, domains, ranges and extensions' types of the database; row types of its tables are left out for their number. */
const ownTypes = `
  select t.oid, t.typname as name, case when t.typtype = 'd' then t.typbasetype else 0 end as base
  from pg_catalog.pg_type t left join pg_catalog.pg_type e on e.oid = t.typelem
  where t.oid >= 16384 and t.typtype <> 'c' and coalesce(e.typtype, '') <> 'c'`;

/** Names for the type numbers that a result carries. One for each session. */
export class TypeNames {
  readonly #own = new Map<number, { readonly name: string; readonly base: number }>();

  async read(client: Client): Promise<void> {
    const { rows } = await client.query<{ oid: number; name: string; base: number }>(ownTypes);
    for (const { oid, name, base } of rows) this.#own.set(oid, { name, base });
  }

  /** A number that nobody knows is a row type or a type made since the login. */
  find(oid: number): TypeName {
    const known = fixedTypes.get(oid);
    if (known !== undefined) return known;
    const own = this.#own.get(oid);
    if (own === undefined) return { name: 'record', shape: 'text' };
    return { name: own.name, shape: own.base === 0 ? 'text' : this.find(own.base).shape };
  }
}
