/**
 * The operators that PostgreSQL knows: `name left,right|left,right;`. Source: pg_operator.
 * Written by `npm run known-names`.
 */
export const OPERATORS = `
!! ,tsquery; !~ bpchar,text|name,text|text,text; !~* bpchar,text|name,text|text,text; !~~ bpchar,text|bytea,bytea|
name,text|text,text; !~~* bpchar,text|name,text|text,text; # bit,bit|box,box|int2,int2|int4,int4|int8,int8|line,line|
lseg,lseg|,path|,polygon; ## line,lseg|lseg,box|lseg,lseg|point,box|point,line|point,lseg; #- jsonb,_text;
#> json,_text|jsonb,_text; #>> json,_text|jsonb,_text; % int2,int2|int4,int4|int8,int8|numeric,numeric; & bit,bit|
inet,inet|int2,int2|int4,int4|int8,int8|macaddr,macaddr|macaddr8,macaddr8; && anyarray,anyarray|
anymultirange,anymultirange|anymultirange,anyrange|anyrange,anymultirange|anyrange,anyrange|box,box|circle,circle|
inet,inet|polygon,polygon|tsquery,tsquery; &< anymultirange,anymultirange|anymultirange,anyrange|
anyrange,anymultirange|anyrange,anyrange|box,box|circle,circle|polygon,polygon; &<| box,box|circle,circle|
polygon,polygon; &> anymultirange,anymultirange|anymultirange,anyrange|anyrange,anymultirange|anyrange,anyrange|
box,box|circle,circle|polygon,polygon; * anymultirange,anymultirange|anyrange,anyrange|box,point|circle,point|
float4,float4|float4,float8|float4,money|float8,float4|float8,float8|float8,interval|float8,money|int2,int2|int2,int4|
int2,int8|int2,money|int4,int2|int4,int4|int4,int8|int4,money|int8,int2|int8,int4|int8,int8|int8,money|
interval,float8|money,float4|money,float8|money,int2|money,int4|money,int8|numeric,numeric|path,point|point,point;
*< record,record; *<= record,record; *<> record,record; *= record,record; *> record,record; *>= record,record;
+ _aclitem,aclitem|anymultirange,anymultirange|anyrange,anyrange|box,point|circle,point|date,int4|date,interval|
date,time|date,timetz|float4,float4|float4,float8|float8,float4|float8,float8|inet,int8|int2,int2|int2,int4|int2,int8|
int4,date|int4,int2|int4,int4|int4,int8|int8,inet|int8,int2|int8,int4|int8,int8|interval,date|interval,interval|
interval,time|interval,timestamp|interval,timestamptz|interval,timetz|money,money|numeric,numeric|numeric,pg_lsn|
path,path|path,point|pg_lsn,numeric|point,point|time,date|time,interval|timestamp,interval|timestamptz,interval|
timetz,date|timetz,interval|,float4|,float8|,int2|,int4|,int8|,numeric; - _aclitem,aclitem|
anymultirange,anymultirange|anyrange,anyrange|box,point|circle,point|date,date|date,int4|date,interval|float4,float4|
float4,float8|float8,float4|float8,float8|inet,inet|inet,int8|int2,int2|int2,int4|int2,int8|int4,int2|int4,int4|
int4,int8|int8,int2|int8,int4|int8,int8|interval,interval|jsonb,_text|jsonb,int4|jsonb,text|money,money|
numeric,numeric|path,point|pg_lsn,numeric|pg_lsn,pg_lsn|point,point|time,interval|time,time|timestamp,interval|
timestamp,timestamp|timestamptz,interval|timestamptz,timestamptz|timetz,interval|,float4|,float8|,int2|,int4|,int8|
,interval|,numeric; -> json,int4|json,text|jsonb,int4|jsonb,text; ->> json,int4|json,text|jsonb,int4|jsonb,text;
-|- anymultirange,anymultirange|anymultirange,anyrange|anyrange,anymultirange|anyrange,anyrange; / box,point|
circle,point|float4,float4|float4,float8|float8,float4|float8,float8|int2,int2|int2,int4|int2,int8|int4,int2|
int4,int4|int4,int8|int8,int2|int8,int4|int8,int8|interval,float8|money,float4|money,float8|money,int2|money,int4|
money,int8|money,money|numeric,numeric|path,point|point,point; < anyarray,anyarray|anyenum,anyenum|
anymultirange,anymultirange|anyrange,anyrange|bit,bit|bool,bool|box,box|bpchar,bpchar|bytea,bytea|char,char|
circle,circle|date,date|date,timestamp|date,timestamptz|float4,float4|float4,float8|float8,float4|float8,float8|
inet,inet|int2,int2|int2,int4|int2,int8|int4,int2|int4,int4|int4,int8|int8,int2|int8,int4|int8,int8|interval,interval|
jsonb,jsonb|lseg,lseg|macaddr,macaddr|macaddr8,macaddr8|money,money|name,name|name,text|numeric,numeric|oid,oid|
oidvector,oidvector|path,path|pg_lsn,pg_lsn|record,record|text,name|text,text|tid,tid|time,time|timestamp,date|
timestamp,timestamp|timestamp,timestamptz|timestamptz,date|timestamptz,timestamp|timestamptz,timestamptz|
timetz,timetz|tsquery,tsquery|tsvector,tsvector|uuid,uuid|varbit,varbit|xid8,xid8; <-> box,box|box,lseg|box,point|
circle,circle|circle,point|circle,polygon|line,line|line,lseg|line,point|lseg,box|lseg,line|lseg,lseg|lseg,point|
path,path|path,point|point,box|point,circle|point,line|point,lseg|point,path|point,point|point,polygon|polygon,circle|
polygon,point|polygon,polygon|tsquery,tsquery; << anymultirange,anymultirange|anymultirange,anyrange|
anyrange,anymultirange|anyrange,anyrange|bit,int4|box,box|circle,circle|inet,inet|int2,int4|int4,int4|int8,int4|
point,point|polygon,polygon; <<= inet,inet; <<| box,box|circle,circle|point,point|polygon,polygon;
<= anyarray,anyarray|anyenum,anyenum|anymultirange,anymultirange|anyrange,anyrange|bit,bit|bool,bool|box,box|
bpchar,bpchar|bytea,bytea|char,char|circle,circle|date,date|date,timestamp|date,timestamptz|float4,float4|
float4,float8|float8,float4|float8,float8|inet,inet|int2,int2|int2,int4|int2,int8|int4,int2|int4,int4|int4,int8|
int8,int2|int8,int4|int8,int8|interval,interval|jsonb,jsonb|lseg,lseg|macaddr,macaddr|macaddr8,macaddr8|money,money|
name,name|name,text|numeric,numeric|oid,oid|oidvector,oidvector|path,path|pg_lsn,pg_lsn|record,record|text,name|
text,text|tid,tid|time,time|timestamp,date|timestamp,timestamp|timestamp,timestamptz|timestamptz,date|
timestamptz,timestamp|timestamptz,timestamptz|timetz,timetz|tsquery,tsquery|tsvector,tsvector|uuid,uuid|varbit,varbit|
xid8,xid8; <> anyarray,anyarray|anyenum,anyenum|anymultirange,anymultirange|anyrange,anyrange|bit,bit|bool,bool|
bpchar,bpchar|bytea,bytea|char,char|circle,circle|date,date|date,timestamp|date,timestamptz|float4,float4|
float4,float8|float8,float4|float8,float8|inet,inet|int2,int2|int2,int4|int2,int8|int4,int2|int4,int4|int4,int8|
int8,int2|int8,int4|int8,int8|interval,interval|jsonb,jsonb|lseg,lseg|macaddr,macaddr|macaddr8,macaddr8|money,money|
name,name|name,text|numeric,numeric|oid,oid|oidvector,oidvector|pg_lsn,pg_lsn|point,point|record,record|text,name|
text,text|tid,tid|time,time|timestamp,date|timestamp,timestamp|timestamp,timestamptz|timestamptz,date|
timestamptz,timestamp|timestamptz,timestamptz|timetz,timetz|tsquery,tsquery|tsvector,tsvector|uuid,uuid|varbit,varbit|
xid,int4|xid,xid|xid8,xid8; <@ anyarray,anyarray|anyelement,anymultirange|anyelement,anyrange|
anymultirange,anymultirange|anymultirange,anyrange|anyrange,anymultirange|anyrange,anyrange|box,box|circle,circle|
jsonb,jsonb|lseg,box|lseg,line|point,box|point,circle|point,line|point,lseg|point,path|point,polygon|polygon,polygon|
tsquery,tsquery; <^ box,box|point,point; = aclitem,aclitem|anyarray,anyarray|anyenum,anyenum|
anymultirange,anymultirange|anyrange,anyrange|bit,bit|bool,bool|box,box|bpchar,bpchar|bytea,bytea|char,char|cid,cid|
circle,circle|date,date|date,timestamp|date,timestamptz|float4,float4|float4,float8|float8,float4|float8,float8|
inet,inet|int2,int2|int2,int4|int2,int8|int4,int2|int4,int4|int4,int8|int8,int2|int8,int4|int8,int8|interval,interval|
jsonb,jsonb|line,line|lseg,lseg|macaddr,macaddr|macaddr8,macaddr8|money,money|name,name|name,text|numeric,numeric|
oid,oid|oidvector,oidvector|path,path|pg_lsn,pg_lsn|record,record|text,name|text,text|tid,tid|time,time|
timestamp,date|timestamp,timestamp|timestamp,timestamptz|timestamptz,date|timestamptz,timestamp|
timestamptz,timestamptz|timetz,timetz|tsquery,tsquery|tsvector,tsvector|uuid,uuid|varbit,varbit|xid,int4|xid,xid|
xid8,xid8; > anyarray,anyarray|anyenum,anyenum|anymultirange,anymultirange|anyrange,anyrange|bit,bit|bool,bool|
box,box|bpchar,bpchar|bytea,bytea|char,char|circle,circle|date,date|date,timestamp|date,timestamptz|float4,float4|
float4,float8|float8,float4|float8,float8|inet,inet|int2,int2|int2,int4|int2,int8|int4,int2|int4,int4|int4,int8|
int8,int2|int8,int4|int8,int8|interval,interval|jsonb,jsonb|lseg,lseg|macaddr,macaddr|macaddr8,macaddr8|money,money|
name,name|name,text|numeric,numeric|oid,oid|oidvector,oidvector|path,path|pg_lsn,pg_lsn|record,record|text,name|
text,text|tid,tid|time,time|timestamp,date|timestamp,timestamp|timestamp,timestamptz|timestamptz,date|
timestamptz,timestamp|timestamptz,timestamptz|timetz,timetz|tsquery,tsquery|tsvector,tsvector|uuid,uuid|varbit,varbit|
xid8,xid8; >= anyarray,anyarray|anyenum,anyenum|anymultirange,anymultirange|anyrange,anyrange|bit,bit|bool,bool|
box,box|bpchar,bpchar|bytea,bytea|char,char|circle,circle|date,date|date,timestamp|date,timestamptz|float4,float4|
float4,float8|float8,float4|float8,float8|inet,inet|int2,int2|int2,int4|int2,int8|int4,int2|int4,int4|int4,int8|
int8,int2|int8,int4|int8,int8|interval,interval|jsonb,jsonb|lseg,lseg|macaddr,macaddr|macaddr8,macaddr8|money,money|
name,name|name,text|numeric,numeric|oid,oid|oidvector,oidvector|path,path|pg_lsn,pg_lsn|record,record|text,name|
text,text|tid,tid|time,time|timestamp,date|timestamp,timestamp|timestamp,timestamptz|timestamptz,date|
timestamptz,timestamp|timestamptz,timestamptz|timetz,timetz|tsquery,tsquery|tsvector,tsvector|uuid,uuid|varbit,varbit|
xid8,xid8; >> anymultirange,anymultirange|anymultirange,anyrange|anyrange,anymultirange|anyrange,anyrange|bit,int4|
box,box|circle,circle|inet,inet|int2,int4|int4,int4|int8,int4|point,point|polygon,polygon; >>= inet,inet; >^ box,box|
point,point; ? jsonb,text; ?# box,box|line,box|line,line|lseg,box|lseg,line|lseg,lseg|path,path; ?& jsonb,_text;
?- point,point|,line|,lseg; ?-| line,line|lseg,lseg; ?| jsonb,_text|point,point|,line|,lseg; ?|| line,line|lseg,lseg;
@ ,float4|,float8|,int2|,int4|,int8|,numeric; @-@ ,lseg|,path; @> _aclitem,aclitem|anyarray,anyarray|
anymultirange,anyelement|anymultirange,anymultirange|anymultirange,anyrange|anyrange,anyelement|
anyrange,anymultirange|anyrange,anyrange|box,box|box,point|circle,circle|circle,point|jsonb,jsonb|path,point|
polygon,point|polygon,polygon|tsquery,tsquery; @? jsonb,jsonpath; @@ jsonb,jsonpath|text,text|text,tsquery|
tsquery,tsvector|tsvector,tsquery|,box|,circle|,lseg|,polygon; @@@ tsquery,tsvector|tsvector,tsquery; ^ float8,float8|
numeric,numeric; ^@ text,text; | bit,bit|inet,inet|int2,int2|int4,int4|int8,int8|macaddr,macaddr|macaddr8,macaddr8;
|&> box,box|circle,circle|polygon,polygon; |/ ,float8; |>> box,box|circle,circle|point,point|polygon,polygon;
|| anycompatible,anycompatiblearray|anycompatiblearray,anycompatible|anycompatiblearray,anycompatiblearray|
anynonarray,text|bytea,bytea|jsonb,jsonb|text,anynonarray|text,text|tsquery,tsquery|tsvector,tsvector|varbit,varbit;
||/ ,float8; ~ bpchar,text|name,text|text,text|,bit|,inet|,int2|,int4|,int8|,macaddr|,macaddr8; ~* bpchar,text|
name,text|text,text; ~<=~ bpchar,bpchar|text,text; ~<~ bpchar,bpchar|text,text; ~= box,box|circle,circle|point,point|
polygon,polygon; ~>=~ bpchar,bpchar|text,text; ~>~ bpchar,bpchar|text,text; ~~ bpchar,text|bytea,bytea|name,text|
text,text; ~~* bpchar,text|name,text|text,text;
`;
