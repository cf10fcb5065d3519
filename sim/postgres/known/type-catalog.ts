/**
 * The types that PostgreSQL knows, with their categories: `int4 N;`, `text S!;` where it is preferred.
 * The casts: `int4 i:int8|a:int2;`, implicit, on assignment or explicit. Sources: pg_type, pg_cast.
 * Written by `npm run known-names`.
 */
export const TYPES = `
aclitem U; any P; anyarray P; anycompatible P; anycompatiblearray P; anycompatiblemultirange P;
anycompatiblenonarray P; anycompatiblerange P; anyelement P; anyenum P; anymultirange P; anynonarray P; anyrange P;
bit V; bool B!; box G; bpchar S; bytea U; char Z; cid U; cidr I; circle G; cstring P; date D; datemultirange R;
daterange R; event_trigger P; fdw_handler P; float4 N; float8 N!; gtsvector U; index_am_handler P; inet I!; int2 N;
int4 N; int4multirange R; int4range R; int8 N; int8multirange R; int8range R; internal P; interval T!; json U;
jsonb U; jsonpath U; language_handler P; line G; lseg G; macaddr U; macaddr8 U; money N; name S; numeric N;
nummultirange R; numrange R; oid N!; path G; pg_brin_bloom_summary Z; pg_brin_minmax_multi_summary Z;
pg_ddl_command P; pg_dependencies Z; pg_lsn U; pg_mcv_list Z; pg_ndistinct Z; pg_node_tree Z; pg_snapshot U; point G;
polygon G; record P; refcursor U; regclass N; regcollation N; regconfig N; regdictionary N; regnamespace N; regoper N;
regoperator N; regproc N; regprocedure N; regrole N; regtype N; table_am_handler P; text S!; tid U; time D;
timestamp D; timestamptz D!; timetz D; trigger P; tsm_handler P; tsmultirange R; tsquery U; tsrange R;
tstzmultirange R; tstzrange R; tsvector U; txid_snapshot U; unknown X; uuid U; varbit V!; varchar S; void P; xid U;
xid8 U; xml U;
`;

export const CASTS = `
bit e:int4|e:int8|i:varbit; bool a:bpchar|e:int4|a:text|a:varchar; box e:circle|e:lseg|e:point|a:polygon;
bpchar a:char|i:name|i:text|i:varchar|e:xml; bytea e:int2|e:int4|e:int8; char a:bpchar|e:int4|i:text|a:varchar;
cidr a:bpchar|i:inet|a:text|a:varchar; circle e:box|e:point|e:polygon; date i:timestamp|i:timestamptz;
daterange e:datemultirange; float4 i:float8|a:int2|a:int4|a:int8|a:numeric; float8 a:float4|a:int2|a:int4|a:int8|
a:numeric; inet a:bpchar|a:cidr|a:text|a:varchar; int2 e:bytea|i:float4|i:float8|i:int4|i:int8|i:numeric|i:oid|
i:regclass|i:regcollation|i:regconfig|i:regdictionary|i:regnamespace|i:regoper|i:regoperator|i:regproc|i:regprocedure|
i:regrole|i:regtype; int4 e:bit|e:bool|e:bytea|e:char|i:float4|i:float8|a:int2|i:int8|a:money|i:numeric|i:oid|
i:regclass|i:regcollation|i:regconfig|i:regdictionary|i:regnamespace|i:regoper|i:regoperator|i:regproc|i:regprocedure|
i:regrole|i:regtype; int4range e:int4multirange; int8 e:bit|e:bytea|i:float4|i:float8|a:int2|a:int4|a:money|i:numeric|
i:oid|i:regclass|i:regcollation|i:regconfig|i:regdictionary|i:regnamespace|i:regoper|i:regoperator|i:regproc|
i:regprocedure|i:regrole|i:regtype; int8range e:int8multirange; interval a:time; json a:jsonb; jsonb e:bool|e:float4|
e:float8|e:int2|e:int4|e:int8|a:json|e:numeric; lseg e:point; macaddr i:macaddr8; macaddr8 i:macaddr; money a:numeric;
name a:bpchar|i:text|a:varchar; numeric i:float4|i:float8|a:int2|a:int4|a:int8|a:money; numrange e:nummultirange;
oid a:int4|a:int8|i:regclass|i:regcollation|i:regconfig|i:regdictionary|i:regnamespace|i:regoper|i:regoperator|
i:regproc|i:regprocedure|i:regrole|i:regtype; path a:polygon; pg_dependencies i:bytea|i:text; pg_mcv_list i:bytea|
i:text; pg_ndistinct i:bytea|i:text; pg_node_tree i:text; point a:box; polygon e:box|e:circle|a:path|e:point;
regclass a:int4|a:int8|i:oid; regcollation a:int4|a:int8|i:oid; regconfig a:int4|a:int8|i:oid; regdictionary a:int4|
a:int8|i:oid; regnamespace a:int4|a:int8|i:oid; regoper a:int4|a:int8|i:oid|i:regoperator; regoperator a:int4|a:int8|
i:oid|i:regoper; regproc a:int4|a:int8|i:oid|i:regprocedure; regprocedure a:int4|a:int8|i:oid|i:regproc;
regrole a:int4|a:int8|i:oid; regtype a:int4|a:int8|i:oid; text i:bpchar|a:char|i:name|i:regclass|i:varchar|e:xml;
time i:interval|i:timetz; timestamp a:date|a:time|i:timestamptz; timestamptz a:date|a:time|a:timestamp|a:timetz;
timetz a:time; tsrange e:tsmultirange; tstzrange e:tstzmultirange; varbit i:bit; varchar i:bpchar|a:char|i:name|
i:regclass|i:text|e:xml; xid8 e:xid; xml a:bpchar|a:text|a:varchar;
`;
