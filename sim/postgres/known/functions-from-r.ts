/**
 * Functions that PostgreSQL knows: `name type,type?|*type;`. A type with `?` may be left out, one with `*` is
 * variadic; `@` stands before an aggregate, `%` before a window function. Source: pg_proc.
 * Written by `npm run known-names`.
 */
export const FUNCTIONS_FROM_R = `
radians float8; radius circle; random |int4,int4|int8,int8|numeric,numeric; random_normal float8?,float8?;
range_adjacent anyrange,anyrange; range_adjacent_multirange anyrange,anymultirange; range_after anyrange,anyrange;
range_after_multirange anyrange,anymultirange; range_agg @anymultirange|@anyrange; range_before anyrange,anyrange;
range_before_multirange anyrange,anymultirange; range_cmp anyrange,anyrange; range_contained_by anyrange,anyrange;
range_contained_by_multirange anyrange,anymultirange; range_contains anyrange,anyrange;
range_contains_elem anyrange,anyelement; range_contains_multirange anyrange,anymultirange; range_eq anyrange,anyrange;
range_ge anyrange,anyrange; range_gt anyrange,anyrange; range_intersect anyrange,anyrange;
range_intersect_agg @anymultirange|@anyrange; range_intersect_agg_transfn anyrange,anyrange;
range_le anyrange,anyrange; range_lt anyrange,anyrange; range_merge anymultirange|anyrange,anyrange;
range_minus anyrange,anyrange; range_ne anyrange,anyrange; range_overlaps anyrange,anyrange;
range_overlaps_multirange anyrange,anymultirange; range_overleft anyrange,anyrange;
range_overleft_multirange anyrange,anymultirange; range_overright anyrange,anyrange;
range_overright_multirange anyrange,anymultirange; range_send anyrange; range_union anyrange,anyrange; rank %|@*any;
record_eq record,record; record_ge record,record; record_gt record,record; record_image_eq record,record;
record_image_ge record,record; record_image_gt record,record; record_image_le record,record;
record_image_lt record,record; record_image_ne record,record; record_larger record,record; record_le record,record;
record_lt record,record; record_ne record,record; record_send record; record_smaller record,record; regclass text;
regclasssend regclass; regcollationsend regcollation; regconfigsend regconfig; regdictionarysend regdictionary;
regexp_count text,text|text,text,int4|text,text,int4,text; regexp_instr text,text|text,text,int4|text,text,int4,int4|
text,text,int4,int4,int4|text,text,int4,int4,int4,text|text,text,int4,int4,int4,text,int4; regexp_like text,text|
text,text,text; regexp_match text,text|text,text,text; regexp_matches text,text|text,text,text;
regexp_replace text,text,text|text,text,text,int4|text,text,text,int4,int4|text,text,text,int4,int4,text|
text,text,text,text; regexp_split_to_array text,text|text,text,text; regexp_split_to_table text,text|text,text,text;
regexp_substr text,text|text,text,int4|text,text,int4,int4|text,text,int4,int4,text|text,text,int4,int4,text,int4;
regnamespacesend regnamespace; regoperatorsend regoperator; regopersend regoper; regproceduresend regprocedure;
regprocsend regproc; regr_avgx @float8,float8; regr_avgy @float8,float8; regr_count @float8,float8;
regr_intercept @float8,float8; regr_r2 @float8,float8; regr_slope @float8,float8; regr_sxx @float8,float8;
regr_sxy @float8,float8; regr_syy @float8,float8; regrolesend regrole; regtypesend regtype; repeat text,int4;
replace text,text,text; reverse bytea|text; right text,int4; round float8|numeric|numeric,int4; row_number %;
row_security_active oid|text; row_to_json record|record,bool; rpad text,int4|text,int4,text; rtrim bytea,bytea|text|
text,text; satisfies_hash_partition oid,int4,int4,*any; scale numeric; schema_to_xml name,bool,bool,text;
schema_to_xml_and_xmlschema name,bool,bool,text; schema_to_xmlschema name,bool,bool,text; session_user ;
set_bit bit,int4,int4|bytea,int8,int4; set_byte bytea,int4,int4; set_config text,text,bool; set_masklen cidr,int4|
inet,int4; setseed float8; setval regclass,int8|regclass,int8,bool; setweight tsvector,char|tsvector,char,_text;
sha224 bytea; sha256 bytea; sha384 bytea; sha512 bytea; shobj_description oid,name; sign float8|numeric;
similar_escape text,text; similar_to_escape text|text,text; sin float8; sind float8; sinh float8; slope point,point;
spg_poly_quad_compress polygon; split_part text,text,int4; sqrt float8|numeric; starts_with text,text;
statement_timestamp ; stddev @float4|@float8|@int2|@int4|@int8|@numeric; stddev_pop @float4|@float8|@int2|@int4|@int8|
@numeric; stddev_samp @float4|@float8|@int2|@int4|@int8|@numeric; string_agg @bytea,bytea|@text,text;
string_to_array text,text|text,text,text; string_to_table text,text|text,text,text; strip tsvector; strpos text,text;
substr bytea,int4|bytea,int4,int4|text,int4|text,int4,int4; substring bit,int4|bit,int4,int4|bytea,int4|
bytea,int4,int4|text,int4|text,int4,int4|text,text|text,text,text; sum @float4|@float8|@int2|@int4|@int8|@interval|
@money|@numeric; system_user ; table_to_xml regclass,bool,bool,text;
table_to_xml_and_xmlschema regclass,bool,bool,text; table_to_xmlschema regclass,bool,bool,text; tan float8;
tand float8; tanh float8; text bool|bpchar|char|inet|name|xml; text_ge text,text; text_gt text,text;
text_larger text,text; text_le text,text; text_lt text,text; text_pattern_ge text,text; text_pattern_gt text,text;
text_pattern_le text,text; text_pattern_lt text,text; text_smaller text,text; textanycat text,anynonarray;
textcat text,text; texteq text,text; texteqname text,name; textgename text,name; textgtname text,name;
texticlike text,text; texticnlike text,text; texticregexeq text,text; texticregexne text,text; textlen text;
textlename text,name; textlike text,text; textltname text,name; textne text,text; textnename text,name;
textnlike text,text; textregexeq text,text; textregexne text,text; textsend text; tideq tid,tid; tidge tid,tid;
tidgt tid,tid; tidlarger tid,tid; tidle tid,tid; tidlt tid,tid; tidne tid,tid; tidsend tid; tidsmaller tid,tid;
time interval|time,int4|timestamp|timestamptz|timetz; time_cmp time,time; time_eq time,time; time_ge time,time;
time_gt time,time; time_hash time; time_hash_extended time,int8; time_larger time,time; time_le time,time;
time_lt time,time; time_mi_interval time,interval; time_mi_time time,time; time_ne time,time;
time_pl_interval time,interval; time_send time; time_smaller time,time; timedate_pl time,date; timeofday ;
timestamp date|date,time|timestamp,int4|timestamptz; timestamp_cmp timestamp,timestamp;
timestamp_cmp_date timestamp,date; timestamp_cmp_timestamptz timestamp,timestamptz; timestamp_eq timestamp,timestamp;
timestamp_eq_date timestamp,date; timestamp_eq_timestamptz timestamp,timestamptz; timestamp_ge timestamp,timestamp;
timestamp_ge_date timestamp,date; timestamp_ge_timestamptz timestamp,timestamptz; timestamp_gt timestamp,timestamp;
timestamp_gt_date timestamp,date; timestamp_gt_timestamptz timestamp,timestamptz; timestamp_hash timestamp;
timestamp_hash_extended timestamp,int8; timestamp_larger timestamp,timestamp; timestamp_le timestamp,timestamp;
timestamp_le_date timestamp,date; timestamp_le_timestamptz timestamp,timestamptz; timestamp_lt timestamp,timestamp;
timestamp_lt_date timestamp,date; timestamp_lt_timestamptz timestamp,timestamptz; timestamp_mi timestamp,timestamp;
timestamp_mi_interval timestamp,interval; timestamp_ne timestamp,timestamp; timestamp_ne_date timestamp,date;
timestamp_ne_timestamptz timestamp,timestamptz; timestamp_pl_interval timestamp,interval; timestamp_send timestamp;
timestamp_smaller timestamp,timestamp; timestamptypmodin _cstring; timestamptz date|date,time|date,timetz|timestamp|
timestamptz,int4; timestamptz_cmp timestamptz,timestamptz; timestamptz_cmp_date timestamptz,date;
timestamptz_cmp_timestamp timestamptz,timestamp; timestamptz_eq timestamptz,timestamptz;
timestamptz_eq_date timestamptz,date; timestamptz_eq_timestamp timestamptz,timestamp;
timestamptz_ge timestamptz,timestamptz; timestamptz_ge_date timestamptz,date;
timestamptz_ge_timestamp timestamptz,timestamp; timestamptz_gt timestamptz,timestamptz;
timestamptz_gt_date timestamptz,date; timestamptz_gt_timestamp timestamptz,timestamp; timestamptz_hash timestamptz;
timestamptz_hash_extended timestamptz,int8; timestamptz_larger timestamptz,timestamptz;
timestamptz_le timestamptz,timestamptz; timestamptz_le_date timestamptz,date;
timestamptz_le_timestamp timestamptz,timestamp; timestamptz_lt timestamptz,timestamptz;
timestamptz_lt_date timestamptz,date; timestamptz_lt_timestamp timestamptz,timestamp;
timestamptz_mi timestamptz,timestamptz; timestamptz_mi_interval timestamptz,interval;
timestamptz_ne timestamptz,timestamptz; timestamptz_ne_date timestamptz,date;
timestamptz_ne_timestamp timestamptz,timestamp; timestamptz_pl_interval timestamptz,interval;
timestamptz_send timestamptz; timestamptz_smaller timestamptz,timestamptz; timestamptztypmodin _cstring;
timetypmodin _cstring; timetz time|timestamptz|timetz,int4; timetz_cmp timetz,timetz; timetz_eq timetz,timetz;
timetz_ge timetz,timetz; timetz_gt timetz,timetz; timetz_hash timetz; timetz_hash_extended timetz,int8;
timetz_larger timetz,timetz; timetz_le timetz,timetz; timetz_lt timetz,timetz; timetz_mi_interval timetz,interval;
timetz_ne timetz,timetz; timetz_pl_interval timetz,interval; timetz_send timetz; timetz_smaller timetz,timetz;
timetzdate_pl timetz,date; timetztypmodin _cstring; timezone interval,timestamp|interval,timestamptz|interval,timetz|
text,timestamp|text,timestamptz|text,timetz|timestamp|timestamptz|timetz; to_ascii text|text,int4|text,name;
to_bin int4|int8; to_char float4,text|float8,text|int4,text|int8,text|interval,text|numeric,text|timestamp,text|
timestamptz,text; to_date text,text; to_hex int4|int8; to_json anyelement; to_jsonb anyelement; to_number text,text;
to_oct int4|int8; to_regclass text; to_regcollation text; to_regnamespace text; to_regoper text; to_regoperator text;
to_regproc text; to_regprocedure text; to_regrole text; to_regtype text; to_regtypemod text; to_timestamp float8|
text,text; to_tsquery regconfig,text|text; to_tsvector json|jsonb|regconfig,json|regconfig,jsonb|regconfig,text|text;
transaction_timestamp ; translate text,text,text; trim_array anyarray,int4; trim_scale numeric; trunc float8|macaddr|
macaddr8|numeric|numeric,int4; ts_debug regconfig,text|text; ts_delete tsvector,_text|tsvector,text;
ts_filter tsvector,_char; ts_headline json,tsquery|json,tsquery,text|jsonb,tsquery|jsonb,tsquery,text|
regconfig,json,tsquery|regconfig,json,tsquery,text|regconfig,jsonb,tsquery|regconfig,jsonb,tsquery,text|
regconfig,text,tsquery|regconfig,text,tsquery,text|text,tsquery|text,tsquery,text; ts_lexize regdictionary,text;
ts_match_qv tsquery,tsvector; ts_match_tq text,tsquery; ts_match_tt text,text; ts_match_vq tsvector,tsquery;
ts_parse oid,text|text,text; ts_rank _float4,tsvector,tsquery|_float4,tsvector,tsquery,int4|tsvector,tsquery|
tsvector,tsquery,int4; ts_rank_cd _float4,tsvector,tsquery|_float4,tsvector,tsquery,int4|tsvector,tsquery|
tsvector,tsquery,int4; ts_rewrite tsquery,text|tsquery,tsquery,tsquery; ts_stat text|text,text; ts_token_type oid|
text; tsmultirange |*_tsrange|tsrange; tsq_mcontained tsquery,tsquery; tsq_mcontains tsquery,tsquery;
tsquery_and tsquery,tsquery; tsquery_cmp tsquery,tsquery; tsquery_eq tsquery,tsquery; tsquery_ge tsquery,tsquery;
tsquery_gt tsquery,tsquery; tsquery_le tsquery,tsquery; tsquery_lt tsquery,tsquery; tsquery_ne tsquery,tsquery;
tsquery_not tsquery; tsquery_or tsquery,tsquery; tsquery_phrase tsquery,tsquery|tsquery,tsquery,int4;
tsquerysend tsquery; tsrange timestamp,timestamp|timestamp,timestamp,text; tsrange_subdiff timestamp,timestamp;
tstzmultirange |*_tstzrange|tstzrange; tstzrange timestamptz,timestamptz|timestamptz,timestamptz,text;
tstzrange_subdiff timestamptz,timestamptz; tsvector_cmp tsvector,tsvector; tsvector_concat tsvector,tsvector;
tsvector_eq tsvector,tsvector; tsvector_ge tsvector,tsvector; tsvector_gt tsvector,tsvector;
tsvector_le tsvector,tsvector; tsvector_lt tsvector,tsvector; tsvector_ne tsvector,tsvector;
tsvector_to_array tsvector; tsvectorsend tsvector; txid_current ; txid_current_if_assigned ; txid_current_snapshot ;
txid_snapshot_send txid_snapshot; txid_snapshot_xip txid_snapshot; txid_snapshot_xmax txid_snapshot;
txid_snapshot_xmin txid_snapshot; txid_status int8; txid_visible_in_snapshot int8,txid_snapshot;
unicode_assigned text; unicode_version ; unistr text; unknownsend unknown; unnest anyarray|anymultirange|tsvector;
upper anymultirange|anyrange|text; upper_inc anymultirange|anyrange; upper_inf anymultirange|anyrange;
uuid_cmp uuid,uuid; uuid_eq uuid,uuid; uuid_extract_timestamp uuid; uuid_extract_version uuid; uuid_ge uuid,uuid;
uuid_gt uuid,uuid; uuid_hash uuid; uuid_hash_extended uuid,int8; uuid_le uuid,uuid; uuid_lt uuid,uuid;
uuid_ne uuid,uuid; uuid_send uuid; uuidv4 ; uuidv7 |interval; var_pop @float4|@float8|@int2|@int4|@int8|@numeric;
var_samp @float4|@float8|@int2|@int4|@int8|@numeric; varbit varbit,int4,bool; varbit_send varbit;
varbitcmp varbit,varbit; varbiteq varbit,varbit; varbitge varbit,varbit; varbitgt varbit,varbit;
varbitle varbit,varbit; varbitlt varbit,varbit; varbitne varbit,varbit; varbittypmodin _cstring; varchar name|
varchar,int4,bool; varcharsend varchar; varchartypmodin _cstring; variance @float4|@float8|@int2|@int4|@int8|@numeric;
version ; void_send void; websearch_to_tsquery regconfig,text|text; width box;
width_bucket anycompatible,anycompatiblearray|float8,float8,float8,int4|numeric,numeric,numeric,int4; xid xid8;
xid8_larger xid8,xid8; xid8_smaller xid8,xid8; xid8cmp xid8,xid8; xid8eq xid8,xid8; xid8ge xid8,xid8;
xid8gt xid8,xid8; xid8le xid8,xid8; xid8lt xid8,xid8; xid8ne xid8,xid8; xid8send xid8; xideq xid,xid;
xideqint4 xid,int4; xidneq xid,xid; xidneqint4 xid,int4; xidsend xid; xml text; xml_is_well_formed text;
xml_is_well_formed_content text; xml_is_well_formed_document text; xml_send xml; xmlagg @xml; xmlcomment text;
xmlconcat2 xml,xml; xmlexists text,xml; xmltext text; xmlvalidate xml,text; xpath text,xml|text,xml,_text;
xpath_exists text,xml|text,xml,_text;
`;
