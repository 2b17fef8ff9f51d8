// Native functions that read no table, file, sequence or lock. A name missing here makes an analysis unsure,
// never wrong; so does a name that the server at hand does not know, since it would be somebody's stored function.

const COMMON = `
  abs acos adddate addtime aes_decrypt aes_encrypt ascii asin atan atan2 avg benchmark bin bit_and bit_count bit_length
  bit_or bit_xor cast ceil ceiling char character_length char_length charset coalesce coercibility collation compress
  concat concat_ws connection_id conv convert convert_tz cos cot count crc32 cume_dist curdate current_date current_role
  current_time current_timestamp current_user curtime database date date_add date_format date_sub datediff day dayname
  dayofmonth dayofweek dayofyear default degrees dense_rank elt exp export_set extract extractvalue field find_in_set
  first_value floor format found_rows from_base64 from_days from_unixtime get_format greatest group_concat hex hour if
  ifnull inet6_aton inet6_ntoa inet_aton inet_ntoa insert instr interval is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6
  is_used_lock is_free_lock isnull json_array json_array_append json_array_insert json_arrayagg json_contains
  json_contains_path json_depth json_extract json_insert json_keys json_length json_merge json_merge_patch
  json_merge_preserve json_object json_objectagg json_overlaps json_quote json_remove json_replace
  json_search json_set json_type json_unquote json_valid json_value lag last_day last_insert_id last_value
  lcase lead least left length ln localtime localtimestamp locate log log10 log2 lower lpad ltrim make_set makedate
  maketime match max microsecond mid min minute mod month monthname name_const now nth_value ntile nullif oct
  octet_length ord percent_rank period_add period_diff pi position pow power quarter quote radians rand random_bytes
  rank regexp_instr regexp_replace regexp_substr repeat replace reverse right round row row_count row_number rpad
  rtrim schema sec_to_time second session_user sha2 sign sin sleep soundex space sqrt std stddev stddev_pop
  stddev_samp str_to_date strcmp subdate substr substring substring_index subtime sum sysdate system_user tan time
  time_format time_to_sec timediff timestamp timestampadd timestampdiff to_base64 to_days to_seconds trim truncate
  ucase uncompress uncompressed_length unhex unix_timestamp updatexml upper user utc_date utc_time utc_timestamp uuid
  uuid_short values var_pop var_samp variance version week weekday weekofyear weight_string year yearweek
  st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_buffer st_centroid st_contains st_convexhull
  st_crosses st_difference st_dimension st_disjoint st_distance st_distance_sphere st_endpoint st_envelope st_equals
  st_exteriorring st_geomcollfromtext st_geometryn st_geometrytype st_geomfromgeojson st_geomfromtext st_geomfromwkb
  st_interiorringn st_intersection st_intersects st_isclosed st_isempty st_issimple st_length st_linefromtext
  st_mlinefromtext st_mpointfromtext st_mpolyfromtext st_numgeometries st_numinteriorrings st_numpoints st_overlaps
  st_pointfromtext st_pointn st_polyfromtext st_srid st_startpoint st_symdifference st_touches st_union st_within st_x
  st_y mbrcontains mbrdisjoint
 mbrintersects mbroverlaps mbrtouches mbrwithin
`;

const MYSQL_ONLY = `
  json_schema_valid point linestring polygon multipoint multilinestring multipolygon geometrycollection
  any_value bin_to_uuid format_bytes format_pico_time grouping is_uuid json_pretty json_schema_validation_report
  json_storage_free json_storage_size ps_current_thread_id ps_thread_id regexp_like roles_graphml statement_digest
  statement_digest_text st_geohash st_isvalid st_latfromgeohash st_latitude st_longfromgeohash st_longitude
  st_makeenvelope st_pointfromgeohash st_simplify st_swapxy st_transform st_validate uuid_to_bin mbrcoveredby mbrcovers
  mbrequals
`;

const MARIADB_ONLY = `
  md5 sha sha1 mbrequal add_months chr crc32c json_compact json_detailed json_equals json_exists json_loose json_normalize
  json_query lengthb median natural_sort_key nvl nvl2 percentile_cont percentile_disc sformat
  st_boundary st_isring st_pointonsurface st_relate to_char json_pretty
`;

/** Names that the server reads as functions only when the parenthesis follows at once; else they may be stored ones. */
const ADJACENT = `
  adddate avg bit_and bit_or bit_xor cast count cume_dist curdate curtime date_add date_sub dense_rank extract
  first_value group_concat json_arrayagg json_objectagg lag last_value lead max median mid min now nth_value ntile
  percent_rank percentile_cont percentile_disc position rank row_number session_user st_collect std stddev stddev_pop
  stddev_samp subdate substr substring sum sysdate system_user trim variance var_pop var_samp
`;

function namesIn(list: string): string[] {
  return list.trim().split(/\s+/);
}

export const MYSQL_FUNCTIONS: ReadonlySet<string> = new Set(namesIn(COMMON + MYSQL_ONLY));
export const MARIADB_FUNCTIONS: ReadonlySet<string> = new Set(namesIn(COMMON + MARIADB_ONLY));
export const ADJACENT_FUNCTIONS: ReadonlySet<string> = new Set(namesIn(ADJACENT));

/** Reserved words of both servers that may stand before a parenthesis without calling anything. */
export const WORDS_BEFORE_PARENTHESIS: ReadonlySet<string> = new Set(
  namesIn(`
 ALL AND AS BETWEEN BINARY BY CASE CHAR CHARACTER COLLATE CONDITION DEC DECIMAL DISTINCT DISTINCTROW DIV DOUBLE ELSE
 EXCEPT EXISTS FLOAT FROM GROUP HAVING IN INDEX INNER INTERSECT INTERVAL INTO JOIN KEY LIKE LIMIT MOD NOT NUMERIC ON
 OR ORDER OUTER OVER PARTITION REGEXP RLIKE SELECT SET STRAIGHT_JOIN THEN UNION USING VALUES VARCHAR VARBINARY WHEN
 WHERE XOR
  `),
);
