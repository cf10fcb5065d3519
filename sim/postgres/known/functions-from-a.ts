/**
 * Functions that PostgreSQL knows: `name type,type?|*type;`. A type with `?` may be left out, one with `*` is
 * variadic; `@` stands before an aggregate, `%` before a window function. Source: pg_proc.
 * Written by `npm run known-names`.
 */
export const FUNCTIONS_FROM_A = `
abbrev cidr|inet; abs float4|float8|int2|int4|int8|numeric; aclcontains _aclitem,aclitem; acldefault char,oid;
aclexplode _aclitem; aclinsert _aclitem,aclitem; aclitemeq aclitem,aclitem; aclremove _aclitem,aclitem; acos float8;
acosd float8; acosh float8; age timestamp|timestamp,timestamp|timestamptz|timestamptz,timestamptz|xid; amvalidate oid;
any_value @anyelement; any_value_transfn anyelement,anyelement; anyarray_send anyarray;
anycompatiblearray_send anycompatiblearray; anytextcat anynonarray,text; area box|circle|path; array_agg @anyarray|
@anynonarray; array_append anycompatiblearray,anycompatible; array_cat anycompatiblearray,anycompatiblearray;
array_dims anyarray; array_eq anyarray,anyarray; array_fill anyelement,_int4|anyelement,_int4,_int4;
array_ge anyarray,anyarray; array_gt anyarray,anyarray; array_larger anyarray,anyarray; array_le anyarray,anyarray;
array_length anyarray,int4; array_lower anyarray,int4; array_lt anyarray,anyarray; array_ndims anyarray;
array_ne anyarray,anyarray; array_position anycompatiblearray,anycompatible|anycompatiblearray,anycompatible,int4;
array_positions anycompatiblearray,anycompatible; array_prepend anycompatible,anycompatiblearray;
array_remove anycompatiblearray,anycompatible; array_replace anycompatiblearray,anycompatible,anycompatible;
array_reverse anyarray; array_sample anyarray,int4; array_send anyarray; array_shuffle anyarray;
array_smaller anyarray,anyarray; array_sort anyarray|anyarray,bool|anyarray,bool,bool; array_to_json anyarray|
anyarray,bool; array_to_string anyarray,text|anyarray,text,text; array_to_tsvector _text; array_upper anyarray,int4;
arraycontained anyarray,anyarray; arraycontains anyarray,anyarray; arrayoverlap anyarray,anyarray; ascii text;
asin float8; asind float8; asinh float8; atan float8; atan2 float8,float8; atan2d float8,float8; atand float8;
atanh float8; avg @float4|@float8|@int2|@int4|@int8|@interval|@numeric;
binary_upgrade_add_sub_rel_state text,oid,char,pg_lsn;
binary_upgrade_create_empty_extension text,text,bool,text,_oid,_text,_text;
binary_upgrade_logical_slot_has_caught_up name; binary_upgrade_replorigin_advance text,pg_lsn;
binary_upgrade_set_missing_value oid,text,text; binary_upgrade_set_next_array_pg_type_oid oid;
binary_upgrade_set_next_heap_pg_class_oid oid; binary_upgrade_set_next_heap_relfilenode oid;
binary_upgrade_set_next_index_pg_class_oid oid; binary_upgrade_set_next_index_relfilenode oid;
binary_upgrade_set_next_multirange_array_pg_type_oid oid; binary_upgrade_set_next_multirange_pg_type_oid oid;
binary_upgrade_set_next_pg_authid_oid oid; binary_upgrade_set_next_pg_enum_oid oid;
binary_upgrade_set_next_pg_tablespace_oid oid; binary_upgrade_set_next_pg_type_oid oid;
binary_upgrade_set_next_toast_pg_class_oid oid; binary_upgrade_set_next_toast_relfilenode oid;
binary_upgrade_set_record_init_privs bool; bit bit,int4,bool|int4,int4|int8,int4; bit_and @bit|@int2|@int4|@int8;
bit_count bit|bytea; bit_length bit|bytea|text; bit_or @bit|@int2|@int4|@int8; bit_send bit; bit_xor @bit|@int2|@int4|
@int8; bitand bit,bit; bitcat varbit,varbit; bitcmp bit,bit; biteq bit,bit; bitge bit,bit; bitgt bit,bit;
bitle bit,bit; bitlt bit,bit; bitne bit,bit; bitnot bit; bitor bit,bit; bitshiftleft bit,int4; bitshiftright bit,int4;
bittypmodin _cstring; bitxor bit,bit; bool int4|jsonb; bool_and @bool; bool_or @bool; booland_statefunc bool,bool;
booleq bool,bool; boolge bool,bool; boolgt bool,bool; boolle bool,bool; boollt bool,bool; boolne bool,bool;
boolor_statefunc bool,bool; boolsend bool; bound_box box,box; box circle|point|point,point|polygon; box_above box,box;
box_above_eq box,box; box_add box,point; box_below box,box; box_below_eq box,box; box_center box; box_contain box,box;
box_contain_pt box,point; box_contained box,box; box_distance box,box; box_div box,point; box_eq box,box;
box_ge box,box; box_gt box,box; box_intersect box,box; box_le box,box; box_left box,box; box_lt box,box;
box_mul box,point; box_overabove box,box; box_overbelow box,box; box_overlap box,box; box_overleft box,box;
box_overright box,box; box_right box,box; box_same box,box; box_send box; box_sub box,point; bpchar bpchar,int4,bool|
char|name; bpchar_larger bpchar,bpchar; bpchar_pattern_ge bpchar,bpchar; bpchar_pattern_gt bpchar,bpchar;
bpchar_pattern_le bpchar,bpchar; bpchar_pattern_lt bpchar,bpchar; bpchar_smaller bpchar,bpchar;
bpcharcmp bpchar,bpchar; bpchareq bpchar,bpchar; bpcharge bpchar,bpchar; bpchargt bpchar,bpchar;
bpchariclike bpchar,text; bpcharicnlike bpchar,text; bpcharicregexeq bpchar,text; bpcharicregexne bpchar,text;
bpcharle bpchar,bpchar; bpcharlike bpchar,text; bpcharlt bpchar,bpchar; bpcharne bpchar,bpchar;
bpcharnlike bpchar,text; bpcharregexeq bpchar,text; bpcharregexne bpchar,text; bpcharsend bpchar;
bpchartypmodin _cstring; brin_bloom_summary_send pg_brin_bloom_summary; brin_desummarize_range regclass,int8;
brin_minmax_multi_summary_send pg_brin_minmax_multi_summary; brin_summarize_new_values regclass;
brin_summarize_range regclass,int8; broadcast inet; btarraycmp anyarray,anyarray; btboolcmp bool,bool;
btbpchar_pattern_cmp bpchar,bpchar; btcharcmp char,char; btequalimage oid; btfloat48cmp float4,float8;
btfloat4cmp float4,float4; btfloat84cmp float8,float4; btfloat8cmp float8,float8; btint24cmp int2,int4;
btint28cmp int2,int8; btint2cmp int2,int2; btint42cmp int4,int2; btint48cmp int4,int8; btint4cmp int4,int4;
btint82cmp int8,int2; btint84cmp int8,int4; btint8cmp int8,int8; btnamecmp name,name; btnametextcmp name,text;
btoidcmp oid,oid; btoidvectorcmp oidvector,oidvector; btrecordcmp record,record; btrecordimagecmp record,record;
btrim bytea,bytea|text|text,text; bttext_pattern_cmp text,text; bttextcmp text,text; bttextnamecmp text,name;
bttidcmp tid,tid; btvarstrequalimage oid; bytea int2|int4|int8; bytea_larger bytea,bytea; bytea_smaller bytea,bytea;
byteacat bytea,bytea; byteacmp bytea,bytea; byteaeq bytea,bytea; byteage bytea,bytea; byteagt bytea,bytea;
byteale bytea,bytea; bytealike bytea,bytea; bytealt bytea,bytea; byteane bytea,bytea; byteanlike bytea,bytea;
byteasend bytea; cardinality anyarray; casefold text; cash_cmp money,money; cash_div_cash money,money;
cash_div_flt4 money,float4; cash_div_flt8 money,float8; cash_div_int2 money,int2; cash_div_int4 money,int4;
cash_div_int8 money,int8; cash_eq money,money; cash_ge money,money; cash_gt money,money; cash_le money,money;
cash_lt money,money; cash_mi money,money; cash_mul_flt4 money,float4; cash_mul_flt8 money,float8;
cash_mul_int2 money,int2; cash_mul_int4 money,int4; cash_mul_int8 money,int8; cash_ne money,money;
cash_pl money,money; cash_send money; cash_words money; cashlarger money,money; cashsmaller money,money; cbrt float8;
ceil float8|numeric; ceiling float8|numeric; center box|circle; char int4|text; char_length bpchar|text;
character_length bpchar|text; chareq char,char; charge char,char; chargt char,char; charle char,char;
charlt char,char; charne char,char; charsend char; chr int4; cideq cid,cid; cidr inet; cidr_send cidr; cidsend cid;
circle box|point,float8|polygon; circle_above circle,circle; circle_add_pt circle,point; circle_below circle,circle;
circle_center circle; circle_contain circle,circle; circle_contain_pt circle,point; circle_contained circle,circle;
circle_distance circle,circle; circle_div_pt circle,point; circle_eq circle,circle; circle_ge circle,circle;
circle_gt circle,circle; circle_le circle,circle; circle_left circle,circle; circle_lt circle,circle;
circle_mul_pt circle,point; circle_ne circle,circle; circle_overabove circle,circle; circle_overbelow circle,circle;
circle_overlap circle,circle; circle_overleft circle,circle; circle_overright circle,circle;
circle_right circle,circle; circle_same circle,circle; circle_send circle; circle_sub_pt circle,point;
clock_timestamp ; close_ls line,lseg; close_lseg lseg,lseg; close_pb point,box; close_pl point,line;
close_ps point,lseg; close_sb lseg,box; col_description oid,int4; concat *any; concat_ws text,*any;
convert bytea,name,name; convert_from bytea,name; convert_to text,name; corr @float8,float8; cos float8; cosd float8;
cosh float8; cot float8; cotd float8; count @|@any; covar_pop @float8,float8; covar_samp @float8,float8; crc32 bytea;
crc32c bytea; cume_dist %|@*any; current_database ; current_query ; current_schema ; current_schemas bool;
current_setting text|text,bool; current_user ; currtid2 text,tid; currval regclass;
cursor_to_xml refcursor,int4,bool,bool,text; cursor_to_xmlschema refcursor,bool,bool,text;
database_to_xml bool,bool,text; database_to_xml_and_xmlschema bool,bool,text; database_to_xmlschema bool,bool,text;
date timestamp|timestamptz; date_add timestamptz,interval|timestamptz,interval,text;
date_bin interval,timestamp,timestamp|interval,timestamptz,timestamptz; date_cmp date,date;
date_cmp_timestamp date,timestamp; date_cmp_timestamptz date,timestamptz; date_eq date,date;
date_eq_timestamp date,timestamp; date_eq_timestamptz date,timestamptz; date_ge date,date;
date_ge_timestamp date,timestamp; date_ge_timestamptz date,timestamptz; date_gt date,date;
date_gt_timestamp date,timestamp; date_gt_timestamptz date,timestamptz; date_larger date,date; date_le date,date;
date_le_timestamp date,timestamp; date_le_timestamptz date,timestamptz; date_lt date,date;
date_lt_timestamp date,timestamp; date_lt_timestamptz date,timestamptz; date_mi date,date;
date_mi_interval date,interval; date_mii date,int4; date_ne date,date; date_ne_timestamp date,timestamp;
date_ne_timestamptz date,timestamptz; date_part text,date|text,interval|text,time|text,timestamp|text,timestamptz|
text,timetz; date_pl_interval date,interval; date_pli date,int4; date_send date; date_smaller date,date;
date_subtract timestamptz,interval|timestamptz,interval,text; date_trunc text,interval|text,timestamp|
text,timestamptz|text,timestamptz,text; datemultirange |*_daterange|daterange; daterange date,date|date,date,text;
daterange_canonical daterange; daterange_subdiff date,date; datetime_pl date,time; datetimetz_pl date,timetz;
dcbrt float8; decode text,text; degrees float8; dense_rank %|@*any; dexp float8; diagonal box; diameter circle;
dist_bp box,point; dist_bs box,lseg; dist_cpoint circle,point; dist_cpoly circle,polygon; dist_lp line,point;
dist_ls line,lseg; dist_pathp path,point; dist_pb point,box; dist_pc point,circle; dist_pl point,line;
dist_polyc polygon,circle; dist_polyp polygon,point; dist_ppath point,path; dist_ppoly point,polygon;
dist_ps point,lseg; dist_sb lseg,box; dist_sl lseg,line; dist_sp lseg,point; div numeric,numeric; dlog1 float8;
dlog10 float8; dpow float8,float8; dround float8; dsqrt float8; dtrunc float8;
elem_contained_by_multirange anyelement,anymultirange; elem_contained_by_range anyelement,anyrange; encode bytea,text;
enum_cmp anyenum,anyenum; enum_eq anyenum,anyenum; enum_first anyenum; enum_ge anyenum,anyenum;
enum_gt anyenum,anyenum; enum_larger anyenum,anyenum; enum_last anyenum; enum_le anyenum,anyenum;
enum_lt anyenum,anyenum; enum_ne anyenum,anyenum; enum_range anyenum|anyenum,anyenum; enum_send anyenum;
enum_smaller anyenum,anyenum; erf float8; erfc float8; every @bool; exp float8|numeric; extract text,date|
text,interval|text,time|text,timestamp|text,timestamptz|text,timetz; factorial int8; family inet;
first_value %anyelement; float4 float8|int2|int4|int8|jsonb|numeric; float48div float4,float8;
float48eq float4,float8; float48ge float4,float8; float48gt float4,float8; float48le float4,float8;
float48lt float4,float8; float48mi float4,float8; float48mul float4,float8; float48ne float4,float8;
float48pl float4,float8; float4_accum _float8,float4; float4abs float4; float4div float4,float4;
float4eq float4,float4; float4ge float4,float4; float4gt float4,float4; float4larger float4,float4;
float4le float4,float4; float4lt float4,float4; float4mi float4,float4; float4mul float4,float4;
float4ne float4,float4; float4pl float4,float4; float4send float4; float4smaller float4,float4; float4um float4;
float4up float4; float8 float4|int2|int4|int8|jsonb|numeric; float84div float8,float4; float84eq float8,float4;
float84ge float8,float4; float84gt float8,float4; float84le float8,float4; float84lt float8,float4;
float84mi float8,float4; float84mul float8,float4; float84ne float8,float4; float84pl float8,float4;
float8_accum _float8,float8; float8_avg _float8; float8_combine _float8,_float8; float8_corr _float8;
float8_covar_pop _float8; float8_covar_samp _float8; float8_regr_accum _float8,float8,float8;
float8_regr_avgx _float8; float8_regr_avgy _float8; float8_regr_combine _float8,_float8;
float8_regr_intercept _float8; float8_regr_r2 _float8; float8_regr_slope _float8; float8_regr_sxx _float8;
float8_regr_sxy _float8; float8_regr_syy _float8; float8_stddev_pop _float8; float8_stddev_samp _float8;
float8_var_pop _float8; float8_var_samp _float8; float8abs float8; float8div float8,float8; float8eq float8,float8;
float8ge float8,float8; float8gt float8,float8; float8larger float8,float8; float8le float8,float8;
float8lt float8,float8; float8mi float8,float8; float8mul float8,float8; float8ne float8,float8;
float8pl float8,float8; float8send float8; float8smaller float8,float8; float8um float8; float8up float8;
floor float8|numeric; flt4_mul_cash float4,money; flt8_mul_cash float8,money; fmgr_c_validator oid;
fmgr_internal_validator oid; fmgr_sql_validator oid; format text|text,*any; format_type oid,int4; gamma float8;
gcd int4,int4|int8,int8|numeric,numeric; gen_random_uuid ; generate_series int4,int4|int4,int4,int4|int8,int8|
int8,int8,int8|numeric,numeric|numeric,numeric,numeric|timestamp,timestamp,interval|timestamptz,timestamptz,interval|
timestamptz,timestamptz,interval,text; generate_subscripts anyarray,int4|anyarray,int4,bool; get_bit bit,int4|
bytea,int8; get_byte bytea,int4; get_current_ts_config ; getdatabaseencoding ; getpgusername ;
gin_clean_pending_list regclass; gin_cmp_tslexeme text,text; gin_compare_jsonb text,text;
gist_translate_cmptype_common int4; has_any_column_privilege name,oid,text|name,text,text|oid,oid,text|oid,text|
oid,text,text|text,text; has_column_privilege name,oid,int2,text|name,oid,text,text|name,text,int2,text|
name,text,text,text|oid,int2,text|oid,oid,int2,text|oid,oid,text,text|oid,text,int2,text|oid,text,text|
oid,text,text,text|text,int2,text|text,text,text; has_database_privilege name,oid,text|name,text,text|oid,oid,text|
oid,text|oid,text,text|text,text; has_foreign_data_wrapper_privilege name,oid,text|name,text,text|oid,oid,text|
oid,text|oid,text,text|text,text; has_function_privilege name,oid,text|name,text,text|oid,oid,text|oid,text|
oid,text,text|text,text; has_language_privilege name,oid,text|name,text,text|oid,oid,text|oid,text|oid,text,text|
text,text; has_largeobject_privilege name,oid,text|oid,oid,text|oid,text; has_parameter_privilege name,text,text|
oid,text,text|text,text; has_schema_privilege name,oid,text|name,text,text|oid,oid,text|oid,text|oid,text,text|
text,text; has_sequence_privilege name,oid,text|name,text,text|oid,oid,text|oid,text|oid,text,text|text,text;
has_server_privilege name,oid,text|name,text,text|oid,oid,text|oid,text|oid,text,text|text,text;
has_table_privilege name,oid,text|name,text,text|oid,oid,text|oid,text|oid,text,text|text,text;
has_tablespace_privilege name,oid,text|name,text,text|oid,oid,text|oid,text|oid,text,text|text,text;
has_type_privilege name,oid,text|name,text,text|oid,oid,text|oid,text|oid,text,text|text,text; hash_aclitem aclitem;
hash_aclitem_extended aclitem,int8; hash_array anyarray; hash_array_extended anyarray,int8;
hash_multirange anymultirange; hash_multirange_extended anymultirange,int8; hash_numeric numeric;
hash_numeric_extended numeric,int8; hash_range anyrange; hash_range_extended anyrange,int8; hash_record record;
hash_record_extended record,int8; hashbool bool; hashboolextended bool,int8; hashbpchar bpchar;
hashbpcharextended bpchar,int8; hashbytea bytea; hashbyteaextended bytea,int8; hashchar char;
hashcharextended char,int8; hashcid cid; hashcidextended cid,int8; hashdate date; hashdateextended date,int8;
hashenum anyenum; hashenumextended anyenum,int8; hashfloat4 float4; hashfloat4extended float4,int8; hashfloat8 float8;
hashfloat8extended float8,int8; hashinet inet; hashinetextended inet,int8; hashint2 int2; hashint2extended int2,int8;
hashint4 int4; hashint4extended int4,int8; hashint8 int8; hashint8extended int8,int8; hashmacaddr macaddr;
hashmacaddr8 macaddr8; hashmacaddr8extended macaddr8,int8; hashmacaddrextended macaddr,int8; hashname name;
hashnameextended name,int8; hashoid oid; hashoidextended oid,int8; hashoidvector oidvector;
hashoidvectorextended oidvector,int8; hashtext text; hashtextextended text,int8; hashtid tid;
hashtidextended tid,int8; hashxid xid; hashxid8 xid8; hashxid8extended xid8,int8; hashxidextended xid,int8;
height box; host inet; hostmask inet; icu_unicode_version ; in_range date,date,interval,bool,bool|
float4,float4,float8,bool,bool|float8,float8,float8,bool,bool|int2,int2,int2,bool,bool|int2,int2,int4,bool,bool|
int2,int2,int8,bool,bool|int4,int4,int2,bool,bool|int4,int4,int4,bool,bool|int4,int4,int8,bool,bool|
int8,int8,int8,bool,bool|interval,interval,interval,bool,bool|numeric,numeric,numeric,bool,bool|
time,time,interval,bool,bool|timestamp,timestamp,interval,bool,bool|timestamptz,timestamptz,interval,bool,bool|
timetz,timetz,interval,bool,bool; inet_client_addr ; inet_client_port ; inet_merge inet,inet;
inet_same_family inet,inet; inet_send inet; inet_server_addr ; inet_server_port ; inetand inet,inet; inetmi inet,inet;
inetmi_int8 inet,int8; inetnot inet; inetor inet,inet; inetpl inet,int8; initcap text; int2 bytea|float4|float8|int4|
int8|jsonb|numeric; int24div int2,int4; int24eq int2,int4; int24ge int2,int4; int24gt int2,int4; int24le int2,int4;
int24lt int2,int4; int24mi int2,int4; int24mul int2,int4; int24ne int2,int4; int24pl int2,int4; int28div int2,int8;
int28eq int2,int8; int28ge int2,int8; int28gt int2,int8; int28le int2,int8; int28lt int2,int8; int28mi int2,int8;
int28mul int2,int8; int28ne int2,int8; int28pl int2,int8; int2_avg_accum _int8,int2; int2_avg_accum_inv _int8,int2;
int2_mul_cash int2,money; int2_sum int8,int2; int2abs int2; int2and int2,int2; int2div int2,int2; int2eq int2,int2;
int2ge int2,int2; int2gt int2,int2; int2int4_sum _int8; int2larger int2,int2; int2le int2,int2; int2lt int2,int2;
int2mi int2,int2; int2mod int2,int2; int2mul int2,int2; int2ne int2,int2; int2not int2; int2or int2,int2;
int2pl int2,int2; int2send int2; int2shl int2,int4; int2shr int2,int4; int2smaller int2,int2; int2um int2;
int2up int2; int2vectorsend int2vector; int2xor int2,int2; int4 bit|bool|bytea|char|float4|float8|int2|int8|jsonb|
numeric; int42div int4,int2; int42eq int4,int2; int42ge int4,int2; int42gt int4,int2; int42le int4,int2;
int42lt int4,int2; int42mi int4,int2; int42mul int4,int2; int42ne int4,int2; int42pl int4,int2; int48div int4,int8;
int48eq int4,int8; int48ge int4,int8; int48gt int4,int8; int48le int4,int8; int48lt int4,int8; int48mi int4,int8;
int48mul int4,int8; int48ne int4,int8; int48pl int4,int8; int4_avg_accum _int8,int4; int4_avg_accum_inv _int8,int4;
int4_avg_combine _int8,_int8; int4_mul_cash int4,money; int4_sum int8,int4; int4abs int4; int4and int4,int4;
int4div int4,int4; int4eq int4,int4; int4ge int4,int4; int4gt int4,int4; int4inc int4; int4larger int4,int4;
int4le int4,int4; int4lt int4,int4; int4mi int4,int4; int4mod int4,int4; int4mul int4,int4;
int4multirange |*_int4range|int4range; int4ne int4,int4; int4not int4; int4or int4,int4; int4pl int4,int4;
int4range int4,int4|int4,int4,text; int4range_canonical int4range; int4range_subdiff int4,int4; int4send int4;
int4shl int4,int4; int4shr int4,int4; int4smaller int4,int4; int4um int4; int4up int4; int4xor int4,int4; int8 bit|
bytea|float4|float8|int2|int4|jsonb|numeric|oid; int82div int8,int2; int82eq int8,int2; int82ge int8,int2;
int82gt int8,int2; int82le int8,int2; int82lt int8,int2; int82mi int8,int2; int82mul int8,int2; int82ne int8,int2;
int82pl int8,int2; int84div int8,int4; int84eq int8,int4; int84ge int8,int4; int84gt int8,int4; int84le int8,int4;
int84lt int8,int4; int84mi int8,int4; int84mul int8,int4; int84ne int8,int4; int84pl int8,int4; int8_avg _int8;
int8_mul_cash int8,money; int8_sum numeric,int8; int8abs int8; int8and int8,int8; int8dec int8; int8dec_any int8,any;
int8div int8,int8; int8eq int8,int8; int8ge int8,int8; int8gt int8,int8; int8inc int8; int8inc_any int8,any;
int8inc_float8_float8 int8,float8,float8; int8larger int8,int8; int8le int8,int8; int8lt int8,int8; int8mi int8,int8;
int8mod int8,int8; int8mul int8,int8; int8multirange |*_int8range|int8range; int8ne int8,int8; int8not int8;
int8or int8,int8; int8pl int8,int8; int8pl_inet int8,inet; int8range int8,int8|int8,int8,text;
int8range_canonical int8range; int8range_subdiff int8,int8; int8send int8; int8shl int8,int4; int8shr int8,int4;
int8smaller int8,int8; int8um int8; int8up int8; int8xor int8,int8; integer_pl_date int4,date; inter_lb line,box;
inter_sb lseg,box; inter_sl lseg,line; interval interval,int4|time; interval_cmp interval,interval;
interval_div interval,float8; interval_eq interval,interval; interval_ge interval,interval;
interval_gt interval,interval; interval_hash interval; interval_hash_extended interval,int8;
interval_larger interval,interval; interval_le interval,interval; interval_lt interval,interval;
interval_mi interval,interval; interval_mul interval,float8; interval_ne interval,interval;
interval_pl interval,interval; interval_pl_date interval,date; interval_pl_time interval,time;
interval_pl_timestamp interval,timestamp; interval_pl_timestamptz interval,timestamptz;
interval_pl_timetz interval,timetz; interval_send interval; interval_smaller interval,interval; interval_um interval;
intervaltypmodin _cstring; is_normalized text,text?; isclosed path; isempty anymultirange|anyrange; isfinite date|
interval|timestamp|timestamptz; ishorizontal line|lseg|point,point; isopen path; isparallel line,line|lseg,lseg;
isperp line,line|lseg,lseg; isvertical line|lseg|point,point;
`;
